CREATE EXTERNAL TABLE logs STORED AS access_log LOCATION 'access.log' OPTIONS ('malformed' 'skip');

SELECT status, count(*) AS requests, count(DISTINCT host) AS hosts, sum(bytes) AS bytes, max(time) AS latest
FROM logs
WHERE method = 'GET' AND time >= '2024-03-10T08:00:00Z'
GROUP BY status
ORDER BY status
