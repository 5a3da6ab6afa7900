-- What is known of one error: its row, and all that the same call, or its instance in the minute around it, logged?
-- Without an id it is the newest error.
-- @error_id STRING =
-- @days INT64 = 30
WITH errors AS (
  SELECT *, COALESCE(instance_id, revision, execution) AS place
  FROM service_errors
  WHERE error_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL @days DAY)
  QUALIFY ROW_NUMBER() OVER (PARTITION BY service_name, error_id ORDER BY inserted_at) = 1
),

asked AS (
  SELECT *
  FROM errors
  WHERE @error_id IN ('', error_id) OR EXISTS (SELECT 1 FROM UNNEST(members) AS member WHERE member.error_id = @error_id)
  QUALIFY ROW_NUMBER() OVER (ORDER BY error_timestamp DESC, service_name, error_id) = 1
),

beside AS (
  SELECT
    ARRAY_AGG(
      STRUCT(
        errors.error_timestamp AS error_timestamp,
        errors.service_name AS service_name,
        errors.mechanism AS mechanism,
        errors.error_type AS error_type,
        errors.error_message AS error_message,
        errors.error_id AS error_id
      )
      ORDER BY errors.error_timestamp, errors.service_name, errors.error_id
    ) AS beside
  FROM errors
  JOIN asked ON errors.trace = asked.trace
    OR errors.execution_id = asked.execution_id
    OR (
      errors.service_name = asked.service_name
      AND errors.place = asked.place
      AND errors.error_timestamp BETWEEN TIMESTAMP_SUB(asked.error_timestamp, INTERVAL 60 SECOND)
        AND TIMESTAMP_ADD(asked.error_timestamp, INTERVAL 60 SECOND)
    )
)

SELECT asked.* EXCEPT (place), IFNULL(beside.beside, []) AS beside
FROM asked
CROSS JOIN beside
