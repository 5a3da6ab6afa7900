-- At-least-once delivery made exactly-once for readers: an error delivered twice, alone or in the row of a storm, counts
-- once all the same. Few are; only those are put in order.
WITH repeated AS (
  SELECT service_name, error_id
  FROM `${dataset}`.deliveries_since(days)
  GROUP BY service_name, error_id
  HAVING COUNT(*) > 1
)

SELECT delivered.*
FROM `${dataset}`.deliveries_since(days) AS delivered
LEFT JOIN repeated ON repeated.service_name = delivered.service_name AND repeated.error_id = delivered.error_id
WHERE repeated.error_id IS NULL
UNION ALL
SELECT *
FROM (
  SELECT delivered.*
  FROM `${dataset}`.deliveries_since(days) AS delivered
  INNER JOIN repeated ON repeated.service_name = delivered.service_name AND repeated.error_id = delivered.error_id
  WHERE TRUE
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY delivered.service_name, delivered.error_id
    ORDER BY delivered.inserted_at
  ) = 1
)
