-- A day off, and a day outside the season, is one of the calendar of the run's own zone. The days of all zones are between
-- yesterday's and tomorrow's of UTC.
WITH calendar AS (
  SELECT CAST(DATE(day, 'UTC') AS STRING) AS date
  FROM UNNEST(
    GENERATE_TIMESTAMP_ARRAY(
      TIMESTAMP_SUB(TIMESTAMP_TRUNC(CURRENT_TIMESTAMP(), DAY), INTERVAL days + 1 DAY),
      TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 1 DAY),
      INTERVAL 1 DAY
    )
  ) AS day
)

SELECT DISTINCT
  expected.service_name,
  expected.run_name,
  calendar.date
FROM `${dataset}`.expected_runs_now AS expected
CROSS JOIN calendar
WHERE calendar.date NOT IN UNNEST(expected.days_off)
  AND SUBSTR(calendar.date, 6) NOT IN UNNEST(expected.days_off)
  AND CASE
    WHEN expected.season_start IS NULL OR expected.season_end IS NULL THEN TRUE
    WHEN expected.season_start <= expected.season_end
      THEN SUBSTR(calendar.date, 6) BETWEEN expected.season_start AND expected.season_end
    ELSE SUBSTR(calendar.date, 6) >= expected.season_start OR SUBSTR(calendar.date, 6) <= expected.season_end
  END
