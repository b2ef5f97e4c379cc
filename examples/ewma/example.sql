SELECT sensor, hour, celsius, round(ewma(celsius, 0.25) OVER (PARTITION BY sensor ORDER BY hour), 4) AS smooth
FROM (VALUES
  ('cellar', 0, 11.0), ('cellar', 1, 11.2), ('cellar', 2, 11.1), ('cellar', 3, 12.9), ('cellar', 4, 11.3),
  ('roof', 0, NULL), ('roof', 1, -3.5), ('roof', 2, NULL), ('roof', 3, 0.5), ('roof', 4, 6.0)
) AS readings (sensor, hour, celsius)
ORDER BY sensor, hour
