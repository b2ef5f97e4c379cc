COPY (
  SELECT id, region, name, CAST(price AS DECIMAL(8, 2)) AS price, CAST(rating AS DOUBLE) AS rating,
    CAST(since AS DATE) AS since, CAST(seen AS TIMESTAMP) AS seen, string_to_array(tags, ' ') AS tags
  FROM (VALUES
    (1, 'north', 'Desk "Oslo"', '149.9', '4.5', '2023-11-02', '2024-03-10T06:25:24', 'wood oak'),
    (2, 'south/east', 'Lampe für draußen', '35', 'NaN', '2024-02-29', '2024-03-10T06:25:24.5', 'metal'),
    (3, 'north', 'C:\lamps\new', '0.05', '0.1', '1969-12-31', '1969-12-31T23:59:59', NULL),
    (4, NULL, 'Stool', NULL, NULL, NULL, NULL, 'wood ash'),
    (5, 'south/east', '', '-12.5', '1e300', '2024-03-01', '2024-03-11T00:00:00.000001', 'oak'),
    (6, 'north', '椅子', '80', '5', '2020-01-01', '2020-01-01T12:00:00', 'wood')
  ) AS furniture (id, region, name, price, rating, since, seen, tags)
  ORDER BY id
) TO 'out/' STORED AS json_lines OPTIONS ('partition_by' 'region')
