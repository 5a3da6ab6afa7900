-- A root, and what its call says, are decided. What else went wrong is the consequence of what the same revision did, by
-- its role (calls_since): it comes within 60 s after its cause; stamped by another clock, it may seem to come up to 2 s
-- before it. A row without what it could follow is an incident of its own.
WITH rooted AS (
  SELECT
    *,
    CASE WHEN role = 1 THEN incident_1 WHEN role = 4 THEN call_root END AS decided_id
  FROM `${dataset}`.roots_since(days, only_starts)
),

undecided AS (
  SELECT
    service_name,
    scope,
    LOGICAL_OR(role = 2) AS has_crash,
    LOGICAL_OR(role = 3) AS has_not_ready,
    LOGICAL_OR(role = 4) AS has_request
  FROM rooted
  WHERE decided_id IS NULL
  GROUP BY service_name, scope
),

-- `cause` is time and incident of a row that others may be the consequence of: a caller that was turned away is the cause
-- of nothing else. What names no revision is the consequence of whatever the service did.
open_cases AS (
  SELECT
    rooted.service_name,
    rooted.scope,
    rooted.place,
    rooted.role,
    rooted.at_us,
    rooted.error_id,
    rooted.error_type,
    rooted.fingerprint,
    IF(rooted.role = 1, CAST(rooted.at_us AS STRING) || rooted.incident_1, NULL) AS cause,
    IFNULL(here.has_crash, FALSE) AS has_crash,
    IFNULL(here.has_not_ready, FALSE) AS has_not_ready,
    IFNULL(here.has_request, FALSE) AS has_request,
    IFNULL(anywhere.has_not_ready, FALSE) AS is_for_any
  FROM rooted
  LEFT JOIN undecided AS here ON here.service_name = rooted.service_name AND here.scope = rooted.scope
  LEFT JOIN undecided AS anywhere
    ON anywhere.service_name = rooted.service_name AND anywhere.scope = rooted.service_name
  WHERE (here.scope IS NOT NULL OR anywhere.has_not_ready)
    AND (rooted.decided_id IS NULL OR (rooted.role = 1 AND NOT rooted.is_caller))
),

crashed AS (
  SELECT
    *,
    SUBSTR(COALESCE(MAX(cause) OVER before_crash, MIN(cause) OVER after_crash), 17) AS caused_by
  FROM open_cases
  WHERE has_crash AND role IN (1, 2)
  WINDOW
    beside_crash AS (PARTITION BY service_name, scope ORDER BY at_us),
    before_crash AS (beside_crash RANGE BETWEEN 60000000 PRECEDING AND CURRENT ROW),
    after_crash AS (beside_crash RANGE BETWEEN 1 FOLLOWING AND 2000000 FOLLOWING)
),

-- A crash of an instance, or of a revision, goes on while less than 60 s pass; the same news a second time, after a pause,
-- is the next one.
crashing AS (
  SELECT
    *,
    IFNULL(at_us - LAG(at_us) OVER here > 60000000, TRUE)
      OR (
        at_us - LAG(at_us) OVER here > 5000000
        AND IFNULL(
          at_us - LAG(at_us) OVER (
            PARTITION BY service_name, place, error_type, fingerprint
            ORDER BY at_us, error_id
          ) <= 60000000,
          FALSE
        )
      ) AS begins
  FROM crashed
  WHERE role = 2
  WINDOW here AS (PARTITION BY service_name, place ORDER BY at_us, error_id)
),

crashes AS (
  SELECT
    * EXCEPT (caused_by, begins),
    COALESCE(
      caused_by,
      LAST_VALUE(IF(begins, COALESCE(caused_by, error_id), NULL) IGNORE NULLS) OVER (
        PARTITION BY service_name, place
        ORDER BY at_us, error_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      )
    ) AS incident_id
  FROM crashing
),

causes AS (
  SELECT *
  FROM open_cases
  WHERE role = 1
  UNION ALL
  SELECT * EXCEPT (incident_id) REPLACE (CAST(at_us AS STRING) || incident_id AS cause)
  FROM crashes
),

given_up AS (
  SELECT
    *,
    SUBSTR(COALESCE(MAX(cause) OVER before_end, MIN(cause) OVER after_end), 17) AS caused_by
  FROM (
    SELECT * FROM causes WHERE has_not_ready
    UNION ALL
    SELECT * FROM open_cases WHERE role = 3
  )
  WINDOW
    beside_end AS (PARTITION BY service_name, scope ORDER BY at_us),
    before_end AS (beside_end RANGE BETWEEN 60000000 PRECEDING AND CURRENT ROW),
    after_end AS (beside_end RANGE BETWEEN 1 FOLLOWING AND 2000000 FOLLOWING)
),

giving_up AS (
  SELECT
    *,
    IFNULL(
      at_us - LAG(at_us) OVER (PARTITION BY service_name, scope ORDER BY at_us, error_id) > 60000000,
      TRUE
    ) AS begins
  FROM given_up
  WHERE role = 3
),

not_ready AS (
  SELECT
    * EXCEPT (caused_by, begins),
    COALESCE(
      caused_by,
      LAST_VALUE(IF(begins, COALESCE(caused_by, error_id), NULL) IGNORE NULLS) OVER (
        PARTITION BY service_name, scope
        ORDER BY at_us, error_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      )
    ) AS incident_id
  FROM giving_up
),

all_causes AS (
  SELECT *
  FROM causes
  UNION ALL
  SELECT * EXCEPT (incident_id) REPLACE (CAST(at_us AS STRING) || incident_id AS cause)
  FROM not_ready
  WHERE scope != service_name
),

requests AS (
  SELECT
    *,
    SUBSTR(COALESCE(MAX(cause) OVER before_request, MIN(cause) OVER after_request), 17) AS caused_by
  FROM (
    SELECT * FROM all_causes WHERE has_request
    UNION ALL
    SELECT * FROM open_cases WHERE role = 4
  )
  WINDOW
    beside_request AS (PARTITION BY service_name, scope ORDER BY at_us),
    before_request AS (beside_request RANGE BETWEEN 60000000 PRECEDING AND CURRENT ROW),
    after_request AS (beside_request RANGE BETWEEN 1 FOLLOWING AND 2000000 FOLLOWING)
),

not_ready_anywhere AS (
  SELECT
    *,
    SUBSTR(COALESCE(MAX(cause) OVER before_any, MIN(cause) OVER after_any), 17) AS caused_by
  FROM (
    SELECT *, CAST(NULL AS STRING) AS incident_id FROM all_causes WHERE is_for_any
    UNION ALL
    SELECT * FROM not_ready WHERE scope = service_name
  )
  WINDOW
    beside_any AS (PARTITION BY service_name ORDER BY at_us),
    before_any AS (beside_any RANGE BETWEEN 60000000 PRECEDING AND CURRENT ROW),
    after_any AS (beside_any RANGE BETWEEN 1 FOLLOWING AND 2000000 FOLLOWING)
),

consequences AS (
  SELECT service_name, error_id, incident_id
  FROM crashes
  UNION ALL
  SELECT service_name, error_id, incident_id
  FROM not_ready
  WHERE scope != service_name
  UNION ALL
  SELECT service_name, error_id, COALESCE(caused_by, incident_id)
  FROM not_ready_anywhere
  WHERE role = 3 AND scope = service_name
  UNION ALL
  SELECT service_name, error_id, COALESCE(caused_by, error_id)
  FROM requests
  WHERE role = 4
)

SELECT
  rooted.service_name,
  rooted.error_id,
  rooted.error_timestamp,
  rooted.error_type,
  rooted.gave_up,
  COALESCE(rooted.decided_id, consequences.incident_id) AS incident_id
FROM rooted
LEFT JOIN consequences
  ON consequences.service_name = rooted.service_name AND consequences.error_id = rooted.error_id
