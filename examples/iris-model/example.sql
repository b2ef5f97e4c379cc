CREATE EXTERNAL TABLE iris STORED AS CSV LOCATION 'iris.csv' OPTIONS ('format.has_header' 'true');

SELECT flower, species, predicted, round(probability, 3) AS probability
FROM map_batches(TABLE iris, score_iris, 0.75)
WHERE flower % 10 = 0
ORDER BY flower
