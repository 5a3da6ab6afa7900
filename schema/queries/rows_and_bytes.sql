-- How many rows, and how many bytes of text, does each service store?
-- What is stored besides, numbers, times, frames and causes, is about as much again for an error with a stack trace.
-- @days INT64 = 7
SELECT
  service_name,
  COUNT(*) AS stored_rows,
  SUM(occurrences) AS occurrences,
  SUM(BYTE_LENGTH(error_message) + IFNULL(BYTE_LENGTH(stack_trace), 0) + IFNULL(BYTE_LENGTH(culprit), 0)) AS text_bytes,
  MAX(IFNULL(BYTE_LENGTH(stack_trace), 0)) AS longest_stack_trace
FROM service_errors
WHERE error_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL @days DAY)
GROUP BY service_name
ORDER BY text_bytes DESC, service_name
