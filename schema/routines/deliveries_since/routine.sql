-- A row that stands for a storm gives each of its errors a row again; its id says that it is one, so that nobody looks for
-- members in every other row. It has the time of its first error, and no error is more than a minute later: the bound
-- leaves out less than that.
SELECT * EXCEPT (members)
FROM `${dataset}`.service_errors
WHERE error_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL days DAY)
  AND NOT STARTS_WITH(error_id, 'storm:')
UNION ALL
SELECT
  stored.* EXCEPT (members) REPLACE (
    IFNULL(member.error_id, stored.error_id) AS error_id,
    IFNULL(member.error_timestamp, stored.error_timestamp) AS error_timestamp,
    IFNULL(member.received_at, stored.received_at) AS received_at,
    IFNULL(member.error_message, stored.error_message) AS error_message,
    IFNULL(member.occurrences, stored.occurrences) AS occurrences,
    IFNULL(member.trace, stored.trace) AS trace,
    IFNULL(member.span_id, stored.span_id) AS span_id,
    IFNULL(member.correlation_id, stored.correlation_id) AS correlation_id,
    IFNULL(member.execution_id, stored.execution_id) AS execution_id,
    IFNULL(member.http_request, stored.http_request) AS http_request,
    IFNULL(member.event, stored.event) AS event,
    IFNULL(member.labels, stored.labels) AS labels,
    IFNULL(member.insert_id, stored.insert_id) AS insert_id
  )
FROM (
  SELECT *
  FROM `${dataset}`.service_errors
  WHERE error_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL days DAY)
    AND STARTS_WITH(error_id, 'storm:')
) AS stored
CROSS JOIN UNNEST(stored.members) AS member
