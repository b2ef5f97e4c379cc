SELECT id, round(sentiment(review), 3) AS score
FROM (VALUES
  (1, 'Absolutely wonderful, we loved every minute!'),
  (2, 'The room was not clean and the staff were rude.'),
  (3, 'It is a table.'),
  (4, 'Slightly noisy, but a very friendly welcome.'),
  (5, 'Never again: the worst trip of my life'),
  (6, NULL)
) AS reviews (id, review)
ORDER BY id
