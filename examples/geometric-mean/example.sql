SELECT fund, count(factor) AS years, round(geometric_mean(factor), 5) AS growth
FROM (VALUES
  ('bonds', 1.021), ('bonds', 1.034), ('bonds', 0.952), ('bonds', 1.018),
  ('shares', 1.312), ('shares', 0.621), ('shares', 1.268), ('shares', 1.151), ('shares', NULL),
  ('cash', 1.0), ('cash', 1.0),
  ('failed', 1.4), ('failed', 0.0),
  ('new', CAST(NULL AS DOUBLE))
) AS returns (fund, factor)
GROUP BY fund
ORDER BY fund
