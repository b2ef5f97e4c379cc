CREATE EXTERNAL TABLE reads STORED AS fastq LOCATION 'reads.fastq' OPTIONS ('phred_offset' '33');

SELECT id, description, length, round(mean_quality, 2) AS quality,
  length - length(replace(replace(sequence, 'G', ''), 'C', '')) AS gc
FROM reads
WHERE mean_quality >= 32
ORDER BY id
