-- Of the whole path: from the time of an error to the time of its row, over what was written in the last 24 hours. A
-- percentile is the row at that rank. What was backfilled says nothing of the path.
WITH arrivals AS (
  SELECT
    inserted_at,
    TIMESTAMP_DIFF(inserted_at, error_timestamp, MILLISECOND) AS lag_ms,
    ROW_NUMBER() OVER (ORDER BY TIMESTAMP_DIFF(inserted_at, error_timestamp, MILLISECOND)) AS place,
    COUNT(*) OVER () AS arrived
  FROM `${dataset}`.service_errors
  WHERE error_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 8 DAY)
    AND inserted_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
    AND IFNULL(source != 'backfill', TRUE)
),

lags AS (
  SELECT
    COUNT(*) AS rows_24h,
    MAX(inserted_at) AS last_row_at,
    MIN(IF(place >= arrived * 0.5, lag_ms, NULL)) AS lag_p50_ms,
    MIN(IF(place >= arrived * 0.95, lag_ms, NULL)) AS lag_p95_ms,
    MAX(lag_ms) AS lag_max_ms
  FROM arrivals
),

heartbeats AS (
  SELECT
    MAX(run_timestamp) AS last_heartbeat,
    MAX(inserted_at) AS last_heartbeat_row_at,
    ANY_VALUE(TIMESTAMP_DIFF(inserted_at, run_timestamp, MILLISECOND) HAVING MAX run_timestamp) AS heartbeat_lag_ms
  FROM `${dataset}`.service_runs
  WHERE run_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 8 DAY)
    AND STARTS_WITH(run_name, 'heartbeat:svcerrors-')
),

-- Workers that pull: their heartbeats say for which subscription. One that ended said so, and is not silent.
beats AS (
  SELECT
    instance_id,
    MAX(run_timestamp) AS last_beat,
    MAX(run_timestamp) < TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 15 MINUTE) AS is_silent
  FROM `${dataset}`.service_runs
  WHERE run_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
    AND run_name = 'heartbeat:svcerrors-sink'
    AND run_key IS NOT NULL
  GROUP BY instance_id
  HAVING ANY_VALUE(status HAVING MAX run_timestamp) != 'skipped'
),

workers AS (
  SELECT
    COUNT(*) AS workers,
    COUNT(IF(is_silent, 1, NULL)) AS silent_workers,
    MAX(IF(is_silent, FORMAT_TIMESTAMP('%m-%d %H:%M', last_beat) || ' (' || instance_id || ')', NULL)) AS last_silence
  FROM beats
),

rejects AS (
  SELECT
    COUNT(*) AS rejects_24h,
    ANY_VALUE(reason HAVING MAX rejected_at) AS last_reject_reason
  FROM `${dataset}`.service_errors_rejected
  WHERE rejected_at >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
),

own AS (
  SELECT
    IFNULL(SUM(occurrences), 0) AS own_failures_24h,
    ANY_VALUE(error_type || ': ' || error_message HAVING MAX error_timestamp) AS last_own_failure
  FROM `${dataset}`.service_errors
  WHERE error_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 24 HOUR)
    AND log_name = 'projects/-/logs/svcerrors-sink'
)

SELECT
  CASE
    WHEN heartbeats.last_heartbeat < TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 15 MINUTE) THEN 'UNHEALTHY'
    WHEN rejects.rejects_24h > 0 OR own.own_failures_24h > 0 OR workers.silent_workers > 0 THEN 'DEGRADED'
    WHEN heartbeats.last_heartbeat IS NULL AND lags.rows_24h = 0 THEN 'STALE'
    ELSE 'HEALTHY'
  END AS status,
  CASE
    WHEN heartbeats.last_heartbeat < TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 15 MINUTE)
      THEN 'no heartbeat since ' || FORMAT_TIMESTAMP('%m-%d %H:%M', heartbeats.last_heartbeat)
    WHEN heartbeats.last_heartbeat IS NULL AND lags.rows_24h = 0 THEN 'neither a heartbeat nor an error arrived in 24 h'
    ELSE CAST(lags.rows_24h AS STRING) || ' rows and ' || CAST(rejects.rejects_24h AS STRING) || ' rejects in 24 h, '
      || IF(
        heartbeats.last_heartbeat IS NULL,
        'no heartbeat in 8 days',
        'last heartbeat at ' || FORMAT_TIMESTAMP('%m-%d %H:%M', heartbeats.last_heartbeat)
      )
      || IF(
        workers.silent_workers > 0,
        '; ' || CAST(workers.silent_workers AS STRING) || ' of ' || CAST(workers.workers AS STRING)
        || ' workers silent, the last since ' || workers.last_silence,
        ''
      )
      || IFNULL('; its own last failure ' || own.last_own_failure, '')
  END AS reason,
  lags.rows_24h,
  lags.last_row_at,
  lags.lag_p50_ms,
  lags.lag_p95_ms,
  lags.lag_max_ms,
  heartbeats.last_heartbeat,
  heartbeats.last_heartbeat_row_at,
  heartbeats.heartbeat_lag_ms,
  workers.workers,
  workers.silent_workers,
  rejects.rejects_24h,
  rejects.last_reject_reason,
  own.own_failures_24h,
  own.last_own_failure
FROM lags
CROSS JOIN heartbeats
CROSS JOIN workers
CROSS JOIN rejects
CROSS JOIN own
