-- An exception, its record, its text, the line that announces it: what is the same failure has one root. docs/views.md
-- says why each rule is as it is.
WITH calls AS (
  SELECT *
  FROM `${dataset}`.calls_since(days, only_starts)
),

places AS (
  SELECT
    service_name,
    place,
    LOGICAL_OR(is_fragment AND is_text AND call_id IS NULL) AS has_pieces,
    LOGICAL_OR(is_line AND said IS NOT NULL) AS has_lines,
    LOGICAL_OR(is_record AND occurrences > 1) AS has_held_back
  FROM calls
  WHERE is_text OR is_record
  GROUP BY service_name, place
  HAVING LOGICAL_OR(is_text) AND LOGICAL_OR(is_record)
),

tellers AS (
  SELECT calls.*, places.has_pieces, places.has_lines, places.has_held_back
  FROM calls
  INNER JOIN places ON places.service_name = calls.service_name AND places.place = calls.place
  WHERE calls.is_text OR calls.is_record
),

-- By what a text may know what it tells again: (1) its fingerprint. A piece has none of its own, (2) only words; nor has a
-- line the fingerprint of the exception that was caught where it was logged, (3) only what was said of it. (6) WORKER
-- TIMEOUT is told by the master, and then by the worker's traceback. `told` is in the order of the times: they have sixteen
-- digits until the year 2286.
known AS (
  SELECT
    '1' || fingerprint AS known_as, service_name, place, at_us, error_id,
    is_text AND call_id IS NULL AS seeks,
    IF(is_record, CAST(at_us AS STRING) || error_id, NULL) AS told
  FROM tellers
  UNION ALL
  SELECT
    '2' || words, service_name, place, at_us, error_id,
    is_text AND call_id IS NULL,
    IF(is_record, CAST(at_us AS STRING) || error_id, NULL)
  FROM tellers
  WHERE has_pieces AND (is_record OR is_fragment)
  UNION ALL
  SELECT
    '3' || said, service_name, place, at_us, error_id,
    is_line AND call_id IS NULL,
    IF(is_record, CAST(at_us AS STRING) || error_id, NULL)
  FROM tellers
  WHERE has_lines AND (is_record OR is_line) AND said IS NOT NULL
  UNION ALL
  SELECT '6' || error_type, service_name, place, at_us, error_id, is_line, IF(is_line, NULL, CAST(at_us AS STRING) || error_id)
  FROM calls
  WHERE is_text AND error_type = 'WorkerTimeout'
),

-- A record that stands for errors held back stands for their texts, too, of (4) its fingerprint or (5) what was said of it.
-- Of a call that has a record nothing was held back.
known_later AS (
  SELECT
    '4' || fingerprint AS known_as, service_name, place, at_us, error_id, call_id,
    is_text AS seeks,
    IF(is_record, CAST(at_us AS STRING) || error_id, NULL) AS told
  FROM tellers
  WHERE has_held_back AND (is_text OR occurrences > 1)
  UNION ALL
  SELECT
    '5' || said, service_name, place, at_us, error_id, call_id,
    is_line,
    IF(is_record, CAST(at_us AS STRING) || error_id, NULL)
  FROM tellers
  WHERE has_held_back AND (is_line OR (is_record AND occurrences > 1)) AND said IS NOT NULL
),

-- The record of the same error within 2 s, or the one of errors held back in the minute before it: where several are
-- found, the first digit says which is taken.
found AS (
  SELECT
    service_name,
    error_id,
    SUBSTR(known_as, 1, 1) || IF(seeks, COALESCE(MAX(told) OVER before, MIN(told) OVER after), NULL) AS told
  FROM known
  WINDOW
    alike AS (PARTITION BY known_as, place, service_name ORDER BY at_us),
    before AS (alike RANGE BETWEEN 2000000 PRECEDING AND CURRENT ROW),
    after AS (alike RANGE BETWEEN 1 FOLLOWING AND 2000000 FOLLOWING)
),

found_later AS (
  SELECT
    service_name,
    error_id,
    call_id,
    SUBSTR(known_as, 1, 1) || IF(seeks, MIN(told) OVER later, NULL) AS told
  FROM known_later
  WINDOW later AS (
    PARTITION BY known_as, place, service_name
    ORDER BY at_us
    RANGE BETWEEN CURRENT ROW AND 60000000 FOLLOWING
  )
),

retold AS (
  SELECT service_name, error_id, SUBSTR(MIN(told), 18) AS retells
  FROM (
    SELECT service_name, error_id, told
    FROM found
    WHERE told IS NOT NULL
    UNION ALL
    SELECT found_later.service_name, found_later.error_id, found_later.told
    FROM found_later
    LEFT JOIN (SELECT DISTINCT service_name, call_id FROM calls WHERE is_record AND call_id IS NOT NULL) AS recorded
      ON recorded.service_name = found_later.service_name AND recorded.call_id = found_later.call_id
    WHERE found_later.told IS NOT NULL AND recorded.call_id IS NULL
  )
  GROUP BY service_name, error_id
),

-- What one instance writes within 10 ms may be one error: the blocks of a chained traceback, its last line without the
-- others, the line that announces it, its copy in another log.
texts AS (
  SELECT
    service_name,
    place,
    call_id,
    error_id,
    own_role,
    COUNT(*) OVER (
      PARTITION BY service_name, place, call_id
      ORDER BY at_us
      RANGE BETWEEN 10000 PRECEDING AND 10000 FOLLOWING
    ) = 1 AS is_alone
  FROM calls
  WHERE is_text
),

neighbours AS (
  SELECT
    calls.service_name,
    calls.place,
    calls.call_id,
    calls.error_id,
    calls.insert_id,
    calls.log_name,
    calls.error_type,
    calls.fingerprint,
    calls.is_line,
    calls.own_role,
    calls.at_us,
    IFNULL(calls.at_us - LAG(calls.at_us) OVER written <= 10000, FALSE) AS goes_on
  FROM texts
  INNER JOIN calls ON calls.service_name = texts.service_name AND calls.error_id = texts.error_id
  WHERE NOT texts.is_alone
  WINDOW written AS (
    PARTITION BY calls.service_name, calls.place, calls.call_id
    ORDER BY calls.at_us, calls.insert_id, calls.error_id
  )
),

bursts AS (
  SELECT
    neighbours.*,
    retold.retells,
    SUM(IF(neighbours.goes_on, 0, 1)) OVER (
      PARTITION BY neighbours.service_name, neighbours.place, neighbours.call_id
      ORDER BY neighbours.at_us, neighbours.insert_id, neighbours.error_id
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS burst
  FROM neighbours
  LEFT JOIN retold ON retold.service_name = neighbours.service_name AND retold.error_id = neighbours.error_id
),

-- The n-th time that a burst shows an error belongs with the n-th time that it shows the others.
turns AS (
  SELECT
    *,
    ROW_NUMBER() OVER (
      PARTITION BY service_name, place, call_id, burst, log_name, error_type, fingerprint
      ORDER BY at_us, insert_id, error_id
    ) AS turn
  FROM bursts
),

-- A piece stands for the block that was raised, which is the last; a text for its record. Lines alone are errors of their
-- own.
text_roots AS (
  SELECT texts.service_name, texts.error_id, COALESCE(retold.retells, texts.error_id) AS root_id, texts.own_role AS role
  FROM texts
  LEFT JOIN retold ON retold.service_name = texts.service_name AND retold.error_id = texts.error_id
  WHERE texts.is_alone
  UNION ALL
  SELECT
    service_name,
    error_id,
    IF(
      FIRST_VALUE(is_line) OVER pieces,
      COALESCE(retells, error_id),
      COALESCE(FIRST_VALUE(retells IGNORE NULLS) OVER pieces, FIRST_VALUE(error_id) OVER pieces)
    ),
    IF(FIRST_VALUE(is_line) OVER pieces, own_role, FIRST_VALUE(own_role) OVER pieces)
  FROM turns
  WINDOW pieces AS (
    PARTITION BY service_name, place, call_id, burst, turn
    ORDER BY is_line, error_type = 'IncompleteTraceback', at_us DESC, insert_id DESC, error_id
    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
  )
),

-- Any row that is no text stands for itself.
roots AS (
  SELECT
    calls.* EXCEPT (words, said, log_name),
    IFNULL(text_roots.root_id, calls.error_id) AS root_id,
    IFNULL(text_roots.role, calls.own_role) AS role
  FROM calls
  LEFT JOIN text_roots ON text_roots.service_name = calls.service_name AND text_roots.error_id = calls.error_id
),

-- Of what a call tells: an exception rather than a logged error, one that ended the call rather than one that was
-- handled, a record rather than a text, the first.
call_roots AS (
  SELECT
    service_name,
    call_id,
    ANY_VALUE(
      error_id
      HAVING MIN CONCAT(
        IF(error_type = 'LoggedError', '1', '0'),
        IF(is_handled, '1', '0'),
        IF(is_record, '0', '1'),
        CAST(at_us AS STRING),
        IFNULL(insert_id, ''),
        ' ',
        error_id
      )
    ) AS call_root
  FROM roots
  WHERE role = 1 AND error_id = root_id AND call_id IS NOT NULL
  GROUP BY service_name, call_id
),

-- What others may tell again, though its call has folded it into its root.
folded AS (
  SELECT roots.service_name, roots.error_id, call_roots.call_root
  FROM roots
  INNER JOIN call_roots ON call_roots.service_name = roots.service_name AND call_roots.call_id = roots.call_id
  WHERE (roots.is_text OR roots.is_record)
    AND roots.error_id = roots.root_id
    AND roots.error_id != call_roots.call_root
)

SELECT
  roots.service_name,
  roots.error_id,
  roots.error_timestamp,
  roots.error_type,
  roots.fingerprint,
  roots.scope,
  roots.place,
  roots.at_us,
  roots.is_caller,
  roots.gave_up,
  roots.role,
  call_roots.call_root,
  IF(
    roots.role = 1,
    COALESCE(folded.call_root, IF(roots.error_id = roots.root_id, call_roots.call_root, NULL), roots.root_id),
    NULL
  ) AS incident_1
FROM roots
LEFT JOIN call_roots ON call_roots.service_name = roots.service_name AND call_roots.call_id = roots.call_id
LEFT JOIN folded ON folded.service_name = roots.service_name AND folded.error_id = roots.root_id
