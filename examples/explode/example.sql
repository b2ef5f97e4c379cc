WITH posts (id, tags) AS (VALUES
  (1, 'wasm, arrow'), (2, 'rust'), (3, NULL), (4, ''), (5, 'zürich, , 東京, ende, ')
)
SELECT posts.id, e.index, concat('[', e.part, ']') AS part
FROM posts, explode(posts.tags, ', ') AS e
ORDER BY posts.id, e.index
