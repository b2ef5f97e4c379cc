CREATE EXTERNAL TABLE points STORED AS CSV LOCATION 'points.csv' OPTIONS ('format.has_header' 'true');

SELECT series, round(slope, 4) AS slope, round(intercept, 4) AS intercept, round(r2, 4) AS r2, n
FROM grouped_map(TABLE points, linear_regression, by => series)
ORDER BY series
