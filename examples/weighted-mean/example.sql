WITH trades (symbol, second, price, volume) AS (VALUES
  ('ABB', 1, 51.2, 300.0), ('ABB', 4, 51.3, 100.0), ('ABB', 5, 51.1, 1200.0), ('ABB', 9, 51.4, 50.0),
  ('ABB', 12, 51.3, 700.0),
  ('NESN', 1, 97.9, 0.0), ('NESN', 2, 97.8, 40.0), ('NESN', 3, NULL, 10.0), ('NESN', 7, 98.0, 0.0),
  ('NESN', 8, 97.6, 160.0)
)
SELECT symbol, second, round(weighted_mean(price, volume) OVER (
  PARTITION BY symbol ORDER BY second ROWS BETWEEN 2 PRECEDING AND CURRENT ROW
), 3) AS average
FROM trades
ORDER BY symbol, second
