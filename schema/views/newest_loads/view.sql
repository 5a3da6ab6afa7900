-- A load that broke off is not whole and does not count, so that the one before it stays the newest; a row that was
-- delivered twice has one number.
WITH whole AS (
  SELECT 'expected_runs' AS table_name, load_id, MAX(loaded_at) AS loaded_at
  FROM `${dataset}`.expected_runs
  GROUP BY load_id
  HAVING COUNT(DISTINCT load_row) = MAX(load_rows)
  UNION ALL
  SELECT 'alert_policy' AS table_name, load_id, MAX(loaded_at) AS loaded_at
  FROM `${dataset}`.alert_policy
  GROUP BY load_id
  HAVING COUNT(DISTINCT load_row) = MAX(load_rows)
)

SELECT
  table_name,
  ANY_VALUE(load_id HAVING MAX CONCAT(CAST(UNIX_MICROS(loaded_at) AS STRING), load_id)) AS load_id,
  MAX(loaded_at) AS loaded_at
FROM whole
GROUP BY table_name
