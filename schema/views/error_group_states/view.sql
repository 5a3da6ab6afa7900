-- The newest statement counts; who took care of the group before goes on to do so until another is named.
SELECT
  fingerprint,
  state,
  `at` AS said_at,
  until,
  until_count,
  revisions,
  LAST_VALUE(owner IGNORE NULLS) OVER (
    PARTITION BY fingerprint
    ORDER BY `at`, state_id
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) AS owner,
  `by`,
  note
FROM `${dataset}`.error_states
WHERE `at` <= CURRENT_TIMESTAMP()
QUALIFY ROW_NUMBER() OVER (PARTITION BY fingerprint ORDER BY `at` DESC, state_id DESC) = 1
