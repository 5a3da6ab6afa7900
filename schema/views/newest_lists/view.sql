-- As newest_loads, but kinds of triggers are listed each for itself, and lists expire.
WITH whole AS (
  SELECT kind, load_id, MAX(seen_at) AS seen_at
  FROM `${dataset}`.triggers_seen
  WHERE seen_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 400 DAY)
  GROUP BY kind, load_id
  HAVING COUNT(DISTINCT load_row) = MAX(load_rows)
)

SELECT
  kind,
  ANY_VALUE(load_id HAVING MAX CONCAT(CAST(UNIX_MICROS(seen_at) AS STRING), load_id)) AS load_id,
  MAX(seen_at) AS seen_at
FROM whole
GROUP BY kind
