SELECT *
FROM `${dataset}`.service_runs
WHERE run_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 400 DAY)
QUALIFY ROW_NUMBER() OVER (PARTITION BY service_name, row_id ORDER BY inserted_at) = 1
