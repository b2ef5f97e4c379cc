SELECT a.city AS city, b.city AS other, round(haversine(a.lat, a.lon, b.lat, b.lon), 1) AS kilometres
FROM (VALUES ('Zürich', 47.3769, 8.5417), ('Oslo', 59.9139, 10.7522), ('Quito', -0.1807, -78.4678))
  AS a (city, lat, lon)
CROSS JOIN (VALUES ('Sydney', -33.8688, 151.2093), ('Zürich', 47.3769, 8.5417)) AS b (city, lat, lon)
ORDER BY kilometres
