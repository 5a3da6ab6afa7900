-- A call is what one instance does under one execution id or trace. Roles:
--   1 root         an exception, a logged error, or a fault of the platform that nothing else explains
--   2 crash        an instance ended, or never listened: the consequence of a root of its revision
--   3 not ready    the platform gave a revision or an execution up: the consequence of a root or crash of it
--   4 request      a caller saw it: the consequence of a root of its call, else of what its revision did
--
-- What only_starts asks for is told of services of which something says that an instance ended or a revision was given up:
-- no row of another can change it.
WITH suspects AS (
  SELECT DISTINCT service_name
  FROM `${dataset}`.service_errors
  WHERE error_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL days + 1 DAY)
    AND error_type IN ('RevisionNotReady', 'WorkerFailedToBoot', 'AppImportError', 'ProbeFailed', 'ContainerExit')
),

evidence AS (
  SELECT
    service_name,
    error_id,
    error_timestamp,
    error_type,
    fingerprint,
    trace,
    execution_id,
    instance_id,
    insert_id,
    occurrences,
    IFNULL(handled, FALSE) AS is_handled,
    IFNULL(is_fragment, FALSE) AS is_fragment,
    IFNULL(mechanism = 'request', FALSE) AS is_caller,
    CASE
      WHEN error_type IN ('SystemExit', 'gunicorn.errors.HaltServer') THEN 2
      WHEN mechanism IN ('platform', 'log_entry')
        AND error_type IN (
          'ContainerExit', 'Signal', 'ProbeFailed', 'WorkerFailedToBoot', 'WorkerExited', 'ApplicationFailedToStart'
        )
        THEN 2
      WHEN mechanism IN ('platform', 'audit') AND error_type IN ('RevisionNotReady', 'ExecutionFailed') THEN 3
      WHEN mechanism = 'request' AND error_type NOT IN ('InvokerDenied', 'TargetNotFound') THEN 4
      ELSE 1
    END AS own_role,
    IFNULL(mechanism IN ('traceback_text', 'log_entry'), FALSE) AS is_text,
    IFNULL(mechanism = 'log_entry', FALSE) AS is_line,
    IFNULL(mechanism NOT IN ('traceback_text', 'log_entry', 'platform', 'audit', 'request', 'scheduler'), TRUE)
      AS is_record,
    error_type IN ('RevisionNotReady', 'WorkerFailedToBoot', 'AppImportError')
      OR (error_type = 'ProbeFailed' AND STRPOS(error_message, 'STARTUP') > 0) AS gave_up,
    COALESCE(revision, execution, service_name) AS scope,
    COALESCE(instance_id, revision, execution, service_name) AS place,
    -- Only what may be a text, or told by one, is known by where it was written and by its words.
    IF(mechanism IN ('traceback_text', 'log_entry'), log_name, NULL) AS log_name,
    IF(
      mechanism IN ('platform', 'audit', 'request', 'scheduler'),
      NULL,
      error_type || ': ' || IFNULL(REGEXP_EXTRACT(error_message, r'^[^\n]+'), '')
    ) AS words,
    -- What was logged of a caught exception is a label of its record, and a line of the log: the first line of each,
    -- without what is quoted and words with digits, since a record that stands for several bears the words of one.
    REGEXP_REPLACE(
      REGEXP_EXTRACT(
        IF(error_type = 'LoggedError', error_message, JSON_VALUE(labels, '$.log_message')),
        r'^\s*([^\n]*\S)'
      ),
      r'\x27[^\x27\n]*\x27|\x22[^\x22\n]*\x22|\w*[0-9]\w*',
      '#'
    ) AS said,
    -- A request entry bears the time at which the request came in; its failure is at its end.
    UNIX_MICROS(error_timestamp)
      + IF(mechanism = 'request', CAST(IFNULL(http_request.latency_ms, 0) * 1000 AS INT64), 0) AS at_us
  FROM `${dataset}`.errors_since(days + 1)
  -- An hour more than is shown: what began before the bound must not look as if it had begun at it.
  WHERE error_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL days * 24 + 1 HOUR)
    AND (NOT only_starts OR service_name IN (SELECT service_name FROM suspects))
),

-- What some rows under one trace, or one execution id, know and others do not.
shared AS (
  SELECT
    evidence.service_name,
    COALESCE(evidence.trace, evidence.execution_id) AS shared_id,
    MAX(evidence.instance_id) AS instance_id,
    IF(MIN(evidence.execution_id) = MAX(evidence.execution_id), MAX(evidence.execution_id), NULL) AS execution_id
  FROM evidence
  WHERE evidence.trace IS NOT NULL OR evidence.execution_id IS NOT NULL
  GROUP BY evidence.service_name, shared_id
  HAVING COUNT(evidence.instance_id) BETWEEN 1 AND COUNT(*) - 1
    OR COUNT(evidence.execution_id) BETWEEN 1 AND COUNT(*) - 1
),

-- Who bears a trace alone belongs to the execution id that others under this trace bear, if it is but one. A record that
-- stands for several errors belongs to none of their calls.
threads AS (
  SELECT
    evidence.*,
    IF(
      evidence.occurrences > 1,
      NULL,
      COALESCE(evidence.execution_id, shared.execution_id, evidence.trace)
    ) AS thread,
    COALESCE(evidence.instance_id, shared.instance_id, '') AS server
  FROM evidence
  LEFT JOIN shared
    ON shared.service_name = evidence.service_name
    AND shared.shared_id = COALESCE(evidence.trace, evidence.execution_id)
),

-- A workflow lends its trace to many calls: where several requests of it failed, each request entry ends a call.
lent AS (
  SELECT service_name, thread, server
  FROM threads
  WHERE own_role = 4 AND thread IS NOT NULL
  GROUP BY service_name, thread, server
  HAVING COUNT(*) > 1
),

turns AS (
  SELECT
    threads.service_name,
    threads.error_id,
    LEAST(
      IFNULL(
        SUM(IF(threads.own_role = 4, 1, 0)) OVER (one_thread RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
        0
      ),
      SUM(IF(threads.own_role = 4, 1, 0)) OVER (
        PARTITION BY threads.service_name, threads.thread, threads.server
      ) - 1
    ) AS turn
  FROM threads
  INNER JOIN lent
    ON lent.service_name = threads.service_name AND lent.thread = threads.thread AND lent.server = threads.server
  WINDOW one_thread AS (PARTITION BY threads.service_name, threads.thread, threads.server ORDER BY threads.at_us)
)

SELECT
  threads.* EXCEPT (trace, execution_id, instance_id, thread, server),
  threads.thread || ' ' || threads.server || ' ' || CAST(IFNULL(turns.turn, 0) AS STRING) AS call_id
FROM threads
LEFT JOIN turns ON turns.service_name = threads.service_name AND turns.error_id = threads.error_id
