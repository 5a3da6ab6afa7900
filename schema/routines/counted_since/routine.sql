-- One failure leaves many rows: a framework prints the traceback of an error that the library has recorded, a 5xx
-- follows, the container exits, a probe fails. Which rows are one failure is decided in steps, without recursion:
-- errors_since counts each row once, calls_since puts them into calls, roots_since finds what tells of the same failure,
-- evidence_since what is the consequence of it. docs/views.md says why each rule is as it is.
WITH told AS (
  SELECT
    service_name,
    incident_id,
    error_type,
    MIN(error_timestamp) AS first_seen,
    MAX(error_timestamp) AS last_seen,
    COUNT(*) AS evidence_rows,
    LOGICAL_OR(error_id != incident_id) AS is_symptom,
    LOGICAL_OR(gave_up) AS gave_up
  FROM `${dataset}`.evidence_since(days, only_starts)
  GROUP BY service_name, incident_id, error_type
),

gathered AS (
  SELECT
    service_name,
    incident_id,
    MIN(first_seen) AS first_seen,
    MAX(last_seen) AS last_seen,
    SUM(evidence_rows) AS evidence_rows,
    IFNULL(
      ARRAY_AGG(IF(is_symptom, error_type, NULL) IGNORE NULLS ORDER BY IF(is_symptom, error_type, NULL)),
      []
    ) AS symptoms,
    LOGICAL_OR(gave_up) AS gave_up,
    LOGICAL_OR(error_type = 'ContainerExit') AS exited
  FROM told
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
