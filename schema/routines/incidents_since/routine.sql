-- One failure leaves many rows: a framework prints the traceback of an error that the library has recorded, a 5xx
-- follows, the container exits, a probe fails. Each row finds its incident in one pass of window functions, without
-- recursion or self-join, by its role:
--   1 root         an exception, or a fault of the platform that nothing else explains
--   2 crash        the process ended: the consequence of a root of its revision in the 60 s before
--   3 not started  a probe or the revision gave up: the consequence of a root or crash of its service in the 60 s before
--   4 request      a caller saw it: the consequence of a root of its call, else of what its revision did in the 60 s before
-- A row without what it could follow is an incident of its own.
WITH evidence AS (
  SELECT
    *,
    CASE
      WHEN error_type IN ('ContainerExit', 'Signal', 'WorkerFailedToBoot', 'gunicorn.errors.HaltServer') THEN 2
      WHEN error_type IN ('ProbeFailed', 'RevisionNotReady', 'ExecutionFailed') THEN 3
      WHEN mechanism = 'request' AND error_type NOT IN ('InvokerDenied', 'TargetNotFound') THEN 4
      ELSE 1
    END AS own_role,
    mechanism = 'traceback_text' AS is_text,
    mechanism IN ('traceback_text', 'log_entry', 'platform', 'audit', 'request', 'scheduler') AS is_outside,
    COALESCE(revision, execution, service_name) AS scope,
    COALESCE(instance_id, revision, execution, service_name) AS place,
    -- A request entry may bear the time at which the request came in; its failure is at its end.
    UNIX_MICROS(error_timestamp)
      + IF(mechanism = 'request', CAST(IFNULL(http_request.latency_ms, 0) * 1000 AS INT64), 0) AS at_us,
    COALESCE(
      trace,
      IF(execution_id IS NULL, NULL, MAX(trace) OVER (PARTITION BY service_name, execution_id)),
      execution_id
    ) AS call_id
  FROM `${dataset}`.service_errors_unique
  WHERE error_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL days DAY)
),

-- The blocks of one chained traceback arrive as entries of their own, microseconds apart; the last one was raised.
pieces AS (
  SELECT
    *,
    is_text
      AND IFNULL(LEAD(at_us) OVER stream - at_us <= 10000, FALSE)
      AND IFNULL(LEAD(fingerprint) OVER stream != fingerprint, FALSE) AS is_piece,
    IF(
      is_text,
      MAX(IF(is_outside, NULL, error_id)) OVER (
        PARTITION BY service_name, place, fingerprint
        ORDER BY at_us
        RANGE BETWEEN 2000000 PRECEDING AND 2000000 FOLLOWING
      ),
      NULL
    ) AS record_id
  FROM evidence
  WINDOW stream AS (PARTITION BY service_name, place, log_name, is_text ORDER BY at_us, insert_id)
),

-- What a row stands for: a text for its record, a piece for its last block, any other row for itself.
roots AS (
  SELECT
    *,
    FIRST_VALUE(IF(is_piece, NULL, COALESCE(record_id, error_id)) IGNORE NULLS) OVER onward AS root_id,
    FIRST_VALUE(IF(is_piece, NULL, own_role) IGNORE NULLS) OVER onward AS role
  FROM pieces
  WINDOW onward AS (
    PARTITION BY service_name, place, log_name, is_text
    ORDER BY at_us, insert_id
    ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
  )
),

calls AS (
  SELECT
    *,
    IF(
      call_id IS NULL,
      NULL,
      FIRST_VALUE(IF(role = 1, root_id, NULL) IGNORE NULLS) OVER (
        PARTITION BY service_name, call_id
        ORDER BY at_us, insert_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
      )
    ) AS call_root
  FROM roots
),

caused AS (
  SELECT
    *,
    IF(
      role = 1,
      COALESCE(call_root, MAX(call_root) OVER (PARTITION BY service_name, root_id), root_id),
      NULL
    ) AS incident_1
  FROM calls
),

crashed AS (
  SELECT
    *,
    CASE role
      WHEN 1 THEN incident_1
      WHEN 2 THEN COALESCE(
        LAST_VALUE(incident_1 IGNORE NULLS) OVER (
          PARTITION BY service_name, scope
          ORDER BY at_us
          RANGE BETWEEN 60000000 PRECEDING AND CURRENT ROW
        ),
        FIRST_VALUE(IF(role = 2, root_id, NULL) IGNORE NULLS) OVER (
          PARTITION BY service_name, place
          ORDER BY at_us
          RANGE BETWEEN 60000000 PRECEDING AND CURRENT ROW
        )
      )
    END AS incident_2
  FROM caused
),

not_started AS (
  SELECT
    *,
    CASE
      WHEN role <= 2 THEN incident_2
      WHEN role = 3 THEN COALESCE(
        LAST_VALUE(incident_2 IGNORE NULLS) OVER in_service,
        FIRST_VALUE(IF(role = 3, root_id, NULL) IGNORE NULLS) OVER in_service
      )
    END AS incident_3
  FROM crashed
  WINDOW in_service AS (
    PARTITION BY service_name
    ORDER BY at_us
    RANGE BETWEEN 60000000 PRECEDING AND CURRENT ROW
  )
),

placed AS (
  SELECT
    *,
    COALESCE(
      incident_3,
      call_root,
      LAST_VALUE(incident_3 IGNORE NULLS) OVER (
        PARTITION BY service_name, scope
        ORDER BY at_us
        RANGE BETWEEN 60000000 PRECEDING AND CURRENT ROW
      ),
      error_id
    ) AS incident_id
  FROM not_started
),

gathered AS (
  SELECT
    service_name,
    incident_id,
    ANY_VALUE(placed HAVING MAX IF(error_id = incident_id, 1, 0)) AS root,
    MIN(error_timestamp) AS first_seen,
    MAX(error_timestamp) AS last_seen,
    COUNT(*) AS evidence_rows,
    IFNULL(
      ARRAY_AGG(
        DISTINCT IF(error_id = incident_id, NULL, error_type)
        IGNORE NULLS
        ORDER BY IF(error_id = incident_id, NULL, error_type)
      ),
      []
    ) AS symptoms,
    LOGICAL_OR(
      error_type IN ('RevisionNotReady', 'WorkerFailedToBoot', 'AppImportError')
      OR (error_type = 'ProbeFailed' AND STRPOS(error_message, 'STARTUP') > 0)
    ) AS gave_up,
    LOGICAL_OR(error_type = 'ContainerExit') AS exited
  FROM placed
  GROUP BY service_name, incident_id
)

SELECT
  incident_id,
  service_name,
  first_seen,
  last_seen,
  root.error_type,
  root.error_message,
  root.error_category,
  root.severity,
  root.fingerprint,
  root.culprit,
  root.stack_trace,
  root.frames,
  root.causes,
  root.handled,
  root.mechanism,
  root.occurrences,
  symptoms,
  evidence_rows,
  gave_up OR (exited AND root.error_category = 'configuration_error') AS is_startup,
  root.phase,
  root.processor_name,
  root.project_id,
  root.location,
  root.resource_type,
  root.revision,
  root.release,
  root.environment,
  root.instance_id,
  root.execution,
  root.task_index,
  root.trace,
  root.span_id,
  root.correlation_id,
  root.execution_id,
  root.http_request,
  root.event,
  root.labels,
  root.log_name,
  root.insert_id,
  root.inserted_at
FROM gathered
