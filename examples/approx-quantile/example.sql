WITH requests AS (
  SELECT
    CASE value % 3 WHEN 0 THEN 'api' WHEN 1 THEN 'images' ELSE 'pages' END AS service,
    -ln(1 - CAST(value * 7919 % 100003 AS DOUBLE) / 100003) * (100 + 200 * (value % 3)) AS ms
  FROM generate_series(1, 300000)
)
SELECT service,
  round(approx_quantile(ms, 0.5) / 50) * 50 AS half,
  round(approx_quantile(ms, 0.95) / 100) * 100 AS most,
  round(approx_quantile(ms, 0.999) / 500) * 500 AS nearly_all
FROM requests
GROUP BY service
ORDER BY service
