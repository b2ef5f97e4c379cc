SELECT a, b, gcd(a, b) AS divisor
FROM (VALUES (12, 18), (-12, 18), (7, 13), (0, 5), (1071, 462), (4, NULL)) AS pairs (a, b)
ORDER BY a
