-- One failure leaves many rows: a framework prints the traceback of an error that the library has recorded, a 5xx
-- follows, the container exits, a probe fails. Each row finds its incident in one pass of window functions, without
-- recursion or self-join, by its role:
--   1 root         an exception, a logged error, or a fault of the platform that nothing else explains
--   2 crash        an instance ended, or never listened: the consequence of a root of its revision
--   3 not ready    the platform gave a revision or an execution up: the consequence of a root or crash of it
--   4 request      a caller saw it: the consequence of a root of its call, else of what its revision did
-- A consequence comes within 60 s after its cause; stamped by another clock, it may seem to come up to 2 s before it.
-- A row without what it could follow is an incident of its own. docs/views.md says why each rule is as it is.
WITH evidence AS (
  SELECT
    *,
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
    COALESCE(revision, execution, service_name) AS scope,
    COALESCE(instance_id, revision, execution, service_name) AS place,
    error_type || ': ' || IFNULL(REGEXP_EXTRACT(error_message, r'^[^\n]+'), '') AS words,
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
      + IF(mechanism = 'request', CAST(IFNULL(http_request.latency_ms, 0) * 1000 AS INT64), 0) AS at_us,
    -- Who bears a trace alone belongs to the execution id that others under this trace bear, if it is but one. A record
    -- that stands for several errors belongs to none of their calls.
    IF(
      occurrences > 1,
      NULL,
      COALESCE(
        execution_id,
        IF(
          MIN(execution_id) OVER traced = MAX(execution_id) OVER traced,
          IF(trace IS NULL, NULL, MAX(execution_id) OVER traced),
          NULL
        ),
        trace
      )
    ) AS thread,
    COALESCE(
      instance_id,
      MAX(instance_id) OVER (PARTITION BY service_name, COALESCE(trace, execution_id)),
      ''
    ) AS server
  FROM `${dataset}`.errors_since(days + 1)
  -- An hour more than is shown: what began before the bound must not look as if it had begun at it.
  WHERE error_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL days * 24 + 1 HOUR)
  WINDOW traced AS (PARTITION BY service_name, trace)
),

-- A call is what one instance does under one execution id or trace. A workflow lends its trace to many calls: where
-- several requests of it failed, each request entry ends a call.
calls AS (
  SELECT
    *,
    -- Sixteen digits until the year 2286: the texts are in the order of the times.
    CAST(at_us AS STRING) || error_id AS stamp,
    thread || ' ' || server || ' ' || CAST(
      LEAST(
        IFNULL(
          SUM(IF(own_role = 4, 1, 0)) OVER (
            PARTITION BY service_name, thread, server
            ORDER BY at_us
            RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
          ),
          0
        ),
        GREATEST(SUM(IF(own_role = 4, 1, 0)) OVER (PARTITION BY service_name, thread, server) - 1, 0)
      ) AS STRING
    ) AS call_id
  FROM evidence
),

-- What one instance writes within 10 ms may be one error: the blocks of a chained traceback, its last line without the
-- others, the line that announces it, its copy in another log.
bursts AS (
  SELECT
    *,
    call_id IS NULL OR NOT LOGICAL_OR(is_record) OVER (PARTITION BY service_name, call_id) AS is_unrecorded,
    IFNULL(
      at_us - LAG(at_us) OVER (PARTITION BY service_name, place, call_id, is_text ORDER BY at_us, insert_id, error_id)
        <= 10000,
      FALSE
    ) AS goes_on
  FROM calls
),

-- What a text tells again: the record of the same error within 2 s, or the one that stands for errors held back in the
-- minute before it. A piece has no fingerprint of its own, only words; nor has a line the fingerprint of the exception
-- that was caught where it was logged, only what was said of it. WORKER TIMEOUT is told by the master, and then
-- by the worker's traceback.
told AS (
  SELECT
    *,
    SUM(IF(goes_on, 0, 1)) OVER (
      PARTITION BY service_name, place, call_id, is_text
      ORDER BY at_us, insert_id, error_id
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS burst,
    SUBSTR(
      COALESCE(
        IF(
          is_text AND call_id IS NULL,
          COALESCE(
            MAX(IF(is_record, stamp, NULL)) OVER same_before,
            MIN(IF(is_record, stamp, NULL)) OVER same_after
          ),
          NULL
        ),
        IF(
          is_text AND call_id IS NULL AND is_fragment,
          COALESCE(
            MAX(IF(is_record, stamp, NULL)) OVER worded_before,
            MIN(IF(is_record, stamp, NULL)) OVER worded_after
          ),
          NULL
        ),
        IF(
          is_line AND call_id IS NULL AND said IS NOT NULL,
          COALESCE(
            MAX(IF(is_record, stamp, NULL)) OVER said_before,
            MIN(IF(is_record, stamp, NULL)) OVER said_after
          ),
          NULL
        ),
        IF(is_text AND is_unrecorded, MIN(IF(is_record AND occurrences > 1, stamp, NULL)) OVER same_later, NULL),
        IF(
          is_line AND is_unrecorded AND said IS NOT NULL,
          MIN(IF(is_record AND occurrences > 1, stamp, NULL)) OVER said_later,
          NULL
        ),
        IF(
          is_line AND error_type = 'WorkerTimeout',
          COALESCE(
            MAX(IF(is_text AND NOT is_line, stamp, NULL)) OVER typed_before,
            MIN(IF(is_text AND NOT is_line, stamp, NULL)) OVER typed_after
          ),
          NULL
        )
      ),
      17
    ) AS retells
  FROM bursts
  WINDOW
    same AS (PARTITION BY service_name, place, fingerprint ORDER BY at_us),
    same_before AS (same RANGE BETWEEN 2000000 PRECEDING AND CURRENT ROW),
    same_after AS (same RANGE BETWEEN 1 FOLLOWING AND 2000000 FOLLOWING),
    same_later AS (same RANGE BETWEEN CURRENT ROW AND 60000000 FOLLOWING),
    worded AS (PARTITION BY service_name, place, words ORDER BY at_us),
    worded_before AS (worded RANGE BETWEEN 2000000 PRECEDING AND CURRENT ROW),
    worded_after AS (worded RANGE BETWEEN 1 FOLLOWING AND 2000000 FOLLOWING),
    logged AS (PARTITION BY service_name, place, said ORDER BY at_us),
    said_before AS (logged RANGE BETWEEN 2000000 PRECEDING AND CURRENT ROW),
    said_after AS (logged RANGE BETWEEN 1 FOLLOWING AND 2000000 FOLLOWING),
    said_later AS (logged RANGE BETWEEN CURRENT ROW AND 60000000 FOLLOWING),
    typed AS (PARTITION BY service_name, place, error_type ORDER BY at_us),
    typed_before AS (typed RANGE BETWEEN 2000000 PRECEDING AND CURRENT ROW),
    typed_after AS (typed RANGE BETWEEN 1 FOLLOWING AND 2000000 FOLLOWING)
),

-- The n-th time that a burst shows an error belongs with the n-th time that it shows the others.
turns AS (
  SELECT
    *,
    ROW_NUMBER() OVER (
      PARTITION BY service_name, place, call_id, is_text, burst, log_name, error_type, fingerprint
      ORDER BY at_us, insert_id, error_id
    ) AS turn
  FROM told
),

-- What a row stands for: a piece for the block that was raised, which is the last; a text for its record; any other
-- row for itself. Lines alone are errors of their own.
roots AS (
  SELECT
    *,
    CASE
      WHEN NOT is_text THEN error_id
      WHEN FIRST_VALUE(is_line) OVER pieces THEN COALESCE(retells, error_id)
      ELSE COALESCE(FIRST_VALUE(retells IGNORE NULLS) OVER pieces, FIRST_VALUE(error_id) OVER pieces)
    END AS root_id,
    IF(is_text AND NOT FIRST_VALUE(is_line) OVER pieces, FIRST_VALUE(own_role) OVER pieces, own_role) AS role
  FROM turns
  WINDOW pieces AS (
    PARTITION BY service_name, place, call_id, is_text, burst, turn
    ORDER BY is_line, error_type = 'IncompleteTraceback', at_us DESC, insert_id DESC, error_id
    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
  )
),

-- Of what a call tells: an exception rather than a logged error, one that ended the call rather than one that was
-- handled, a record rather than a text, the first.
called AS (
  SELECT
    *,
    IF(
      call_id IS NULL,
      NULL,
      FIRST_VALUE(IF(role = 1 AND error_id = root_id, error_id, NULL) IGNORE NULLS) OVER (
        PARTITION BY service_name, call_id
        ORDER BY error_type = 'LoggedError', IFNULL(handled, FALSE), NOT is_record, at_us, insert_id, error_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
      )
    ) AS call_root
  FROM roots
),

rooted AS (
  SELECT
    *,
    IF(
      role = 1,
      COALESCE(MAX(IF(error_id = root_id, call_root, NULL)) OVER (PARTITION BY service_name, root_id), root_id),
      NULL
    ) AS incident_1
  FROM called
),

-- From here on, `cause` is time and incident of a row that others may be the consequence of: a caller that was turned
-- away is the cause of nothing else. A crash of an instance, or of a revision, goes on while less than 60 s pass; the
-- same news a second time, after a pause, is the next one.
crashed AS (
  SELECT
    *,
    CASE
      WHEN role = 1 THEN incident_1
      WHEN role = 2 THEN SUBSTR(COALESCE(MAX(cause_1) OVER before, MIN(cause_1) OVER after), 17)
    END AS caused_2,
    CASE
      WHEN role = 2
        THEN IFNULL(at_us - LAG(at_us) OVER (PARTITION BY service_name, place, role ORDER BY stamp) > 60000000, TRUE)
          OR (
            at_us - LAG(at_us) OVER (PARTITION BY service_name, place, role ORDER BY stamp) > 5000000
            AND IFNULL(
              at_us - LAG(at_us) OVER (PARTITION BY service_name, place, role, error_type, fingerprint ORDER BY stamp)
                <= 60000000,
              FALSE
            )
          )
      WHEN role = 3
        THEN IFNULL(at_us - LAG(at_us) OVER (PARTITION BY service_name, scope, role ORDER BY stamp) > 60000000, TRUE)
    END AS begins
  FROM (
    SELECT
      *,
      IF(IFNULL(mechanism != 'request', TRUE), CAST(at_us AS STRING) || incident_1, NULL) AS cause_1
    FROM rooted
  )
  WINDOW
    beside AS (PARTITION BY service_name, scope ORDER BY at_us),
    before AS (beside RANGE BETWEEN 60000000 PRECEDING AND CURRENT ROW),
    after AS (beside RANGE BETWEEN 1 FOLLOWING AND 2000000 FOLLOWING)
),

ended AS (
  SELECT
    *,
    IF(
      role = 2,
      COALESCE(
        caused_2,
        LAST_VALUE(IF(begins, COALESCE(caused_2, error_id), NULL) IGNORE NULLS) OVER (
          PARTITION BY service_name, place, role
          ORDER BY stamp
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        )
      ),
      caused_2
    ) AS incident_2
  FROM crashed
),

given_up AS (
  SELECT
    *,
    IF(
      role = 3,
      SUBSTR(COALESCE(MAX(cause_2) OVER before, MIN(cause_2) OVER after), 17),
      incident_2
    ) AS caused_3
  FROM (
    SELECT
      *,
      COALESCE(cause_1, IF(role = 2, CAST(at_us AS STRING) || incident_2, NULL)) AS cause_2
    FROM ended
  )
  WINDOW
    beside AS (PARTITION BY service_name, scope ORDER BY at_us),
    before AS (beside RANGE BETWEEN 60000000 PRECEDING AND CURRENT ROW),
    after AS (beside RANGE BETWEEN 1 FOLLOWING AND 2000000 FOLLOWING)
),

unready AS (
  SELECT
    *,
    IF(
      role = 3,
      COALESCE(
        caused_3,
        LAST_VALUE(IF(begins, COALESCE(caused_3, error_id), NULL) IGNORE NULLS) OVER (
          PARTITION BY service_name, scope, role
          ORDER BY stamp
          ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        )
      ),
      caused_3
    ) AS incident_3
  FROM given_up
),

placed AS (
  SELECT
    *,
    CASE
      -- What names no revision is the consequence of whatever the service did.
      WHEN role = 3 AND scope = service_name
        THEN COALESCE(SUBSTR(COALESCE(MAX(cause_3) OVER any_before, MIN(cause_3) OVER any_after), 17), incident_3)
      WHEN role = 4
        THEN COALESCE(
          call_root,
          SUBSTR(COALESCE(MAX(cause_3) OVER before, MIN(cause_3) OVER after), 17),
          error_id
        )
      ELSE incident_3
    END AS incident_id
  FROM (
    SELECT
      *,
      COALESCE(
        cause_2,
        IF(role = 3 AND scope != service_name, CAST(at_us AS STRING) || incident_3, NULL)
      ) AS cause_3
    FROM unready
  )
  WINDOW
    beside AS (PARTITION BY service_name, scope ORDER BY at_us),
    before AS (beside RANGE BETWEEN 60000000 PRECEDING AND CURRENT ROW),
    after AS (beside RANGE BETWEEN 1 FOLLOWING AND 2000000 FOLLOWING),
    anywhere AS (PARTITION BY service_name ORDER BY at_us),
    any_before AS (anywhere RANGE BETWEEN 60000000 PRECEDING AND CURRENT ROW),
    any_after AS (anywhere RANGE BETWEEN 1 FOLLOWING AND 2000000 FOLLOWING)
),

gathered AS (
  SELECT
    service_name,
    incident_id,
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
  gathered.incident_id,
  gathered.service_name,
  gathered.first_seen,
  gathered.last_seen,
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
  gathered.symptoms,
  gathered.evidence_rows,
  gathered.gave_up OR (gathered.exited AND root.error_category = 'configuration_error') AS is_startup,
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
  root.inserted_at,
  root.source
FROM gathered
-- What its root says is fetched at the end: carried along, stack traces would be sorted twenty times.
INNER JOIN `${dataset}`.errors_since(days + 1) AS root
  ON root.service_name = gathered.service_name AND root.error_id = gathered.incident_id
WHERE gathered.first_seen >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL days DAY)
