CREATE EXTERNAL TABLE trades STORED AS CSV LOCATION 'trades.csv' OPTIONS ('format.has_header' 'true');
CREATE EXTERNAL TABLE quotes STORED AS CSV LOCATION 'quotes.csv' OPTIONS ('format.has_header' 'true');

SELECT symbol, to_char(at, '%H:%M:%S') AS time, value AS price, to_char(latest_at, '%H:%M:%S') AS quoted, latest AS bid
FROM cogrouped_map(TABLE trades, TABLE quotes, asof_join, 'at', 'price', 'at', 'bid', by => symbol)
ORDER BY symbol, time
