-- At-least-once delivery made exactly-once for readers. A row that stands for a storm gives each of its errors a row
-- again, so that one delivered twice, alone and in such a row or in two of them, counts once all the same. A storm's row
-- has the time of its first error, and no error is more than a minute later: the bound leaves out less than that.
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
FROM `${dataset}`.service_errors AS stored
LEFT JOIN UNNEST(stored.members) AS member
WHERE stored.error_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL days DAY)
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY stored.service_name, IFNULL(member.error_id, stored.error_id)
  ORDER BY stored.inserted_at
) = 1
