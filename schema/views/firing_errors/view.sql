-- What is true of errors at any moment within a rule's window, by the time at which they happened. docs/views.md says when
-- each rule fires, and of which other alert it may be a symptom. What was told of a service that cannot start stands for it
-- where its errors no longer do.
WITH firing AS (
  SELECT
    rule, service_name, subject, fingerprint, revision, head, tail, CAST(NULL AS STRING) AS told_title, reason,
    first_seen, last_seen, occurrences, ended_us, severity, project_id, location, trace, outages
  FROM `${dataset}`.firing_rules
  UNION ALL
  SELECT
    'startup_failure', service_name, fingerprint, fingerprint, revision, '', '', title,
    'it has not answered since, nor was it seen to start in the last 8 days',
    first_seen, last_seen, occurrences, NULL, NULL, NULL, NULL, NULL, NULL
  FROM `${dataset}`.firing_remembered
),

-- Of two rules about one error, the one that says more of it has the smaller depth.
depths AS (
  SELECT depths.rule, depths.depth
  FROM UNNEST(
    ARRAY<STRUCT<rule STRING, depth INT64>>[
      ('startup_failure', 0), ('widespread', 0), ('poison_message', 1), ('regressed', 2), ('new_error', 3), ('recurring', 4),
      ('spike', 5), ('burst', 6)
    ]
  ) AS depths
),

placed AS (
  SELECT
    firing.*,
    depths.depth,
    depths.depth > 2 AND EXISTS (
      SELECT 1
      FROM UNNEST(firing.outages) AS outage
      WHERE UNIX_MICROS(firing.first_seen) >= outage.since_us
        AND IFNULL(UNIX_MICROS(firing.last_seen) <= outage.ended_us, TRUE)
    ) AS is_part_of_outage
  FROM firing
  INNER JOIN depths ON depths.rule = firing.rule
  WHERE TRUE
  QUALIFY firing.told_title IS NULL OR COUNT(*) OVER (PARTITION BY firing.rule, firing.service_name, firing.subject) = 1
)

SELECT
  rule,
  service_name,
  subject,
  fingerprint,
  revision,
  severity,
  IFNULL(
    told_title,
    CONCAT(
      head,
      ' since ',
      IF(
        TIMESTAMP_TRUNC(first_seen, DAY) = TIMESTAMP_TRUNC(CURRENT_TIMESTAMP(), DAY),
        FORMAT_TIMESTAMP('%H:%M', first_seen),
        FORMAT_TIMESTAMP('%m-%d %H:%M', first_seen)
      ),
      tail
    )
  ) AS title,
  reason,
  first_seen,
  last_seen,
  occurrences,
  -- The same error under a rule that says more of it; and what began with a widespread failure.
  ARRAY_CONCAT(
    IF(depth > 0 AND fingerprint IS NOT NULL, [CONCAT('startup_failure:', service_name, ':', fingerprint)], []),
    IF(depth > 1 AND fingerprint IS NOT NULL, [CONCAT('poison_message:', service_name, ':', fingerprint)], []),
    IF(depth > 2 AND fingerprint IS NOT NULL, [CONCAT('regressed:', service_name, ':', fingerprint)], []),
    IF(depth > 3 AND fingerprint IS NOT NULL, [CONCAT('new_error:', service_name, ':', fingerprint)], []),
    IF(depth > 4 AND fingerprint IS NOT NULL, [CONCAT('recurring:', service_name, ':', fingerprint)], []),
    IF(depth > 5, [CONCAT('spike:', service_name, ':all')], []),
    IF(is_part_of_outage, ['widespread:*:all'], [])
  ) AS symptom_of,
  UNIX_MICROS(last_seen) AS evident_us,
  ended_us,
  CAST(NULL AS STRING) AS owner,
  ARRAY_CONCAT(
    IF(
      project_id IS NOT NULL AND location IS NOT NULL,
      [STRUCT(
        'logs' AS name,
        CONCAT(
          'https://console.cloud.google.com/run/detail/', location, '/', service_name, '/logs?project=', project_id
        ) AS url
      )],
      []
    ),
    IF(
      project_id IS NOT NULL AND trace IS NOT NULL,
      [STRUCT(
        'trace' AS name,
        CONCAT('https://console.cloud.google.com/traces/list?project=', project_id, '&tid=', trace) AS url
      )],
      []
    )
  ) AS links
FROM placed
