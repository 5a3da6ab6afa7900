-- At-least-once delivery made exactly-once for readers. Reads 400 days, the retention; a caller's own bound on
-- error_timestamp goes through to the partitions, because it partitions by nothing that the bound could split.
SELECT *
FROM `${dataset}`.service_errors
WHERE error_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 400 DAY)
QUALIFY ROW_NUMBER() OVER (PARTITION BY service_name, error_id ORDER BY inserted_at) = 1
