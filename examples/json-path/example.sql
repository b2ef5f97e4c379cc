SELECT id,
  json_path(doc, '$.user.name') AS name,
  json_path(doc, '$.items[-1].sku') AS last_item,
  json_path(doc, '$.items[*].price') AS prices,
  json_path(doc, '$..tag') AS tags
FROM (VALUES
  (1, '{"user": {"name": "Ada", "tag": "vip"}, "items": [{"sku": "k1", "price": 3}, {"sku": "k2", "price": 4.5}]}'),
  (2, '{"user": {"name": "Zoë"}, "items": []}'),
  (3, '{"items": [{"sku": "k9", "price": null, "tag": ["a", "b"]}]}'),
  (4, NULL)
) AS orders (id, doc)
ORDER BY id
