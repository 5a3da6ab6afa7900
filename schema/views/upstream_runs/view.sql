-- Steps are doubled twice, without recursion: the pipelines that we know are no deeper than four.
WITH links AS (
  SELECT DISTINCT service_name, run_name, follows
  FROM `${dataset}`.expected_runs_now
),

one_step AS (
  SELECT
    links.service_name,
    links.run_name,
    followed.service_name AS upstream_service,
    followed.run_name AS upstream_run
  FROM links
  INNER JOIN links AS followed ON followed.run_name = links.follows
),

two_steps AS (
  SELECT DISTINCT service_name, run_name, upstream_service, upstream_run
  FROM (
    SELECT * FROM one_step
    UNION ALL
    SELECT near.service_name, near.run_name, far.upstream_service, far.upstream_run
    FROM one_step AS near
    INNER JOIN one_step AS far ON far.service_name = near.upstream_service AND far.run_name = near.upstream_run
  )
),

four_steps AS (
  SELECT DISTINCT service_name, run_name, upstream_service, upstream_run
  FROM (
    SELECT * FROM two_steps
    UNION ALL
    SELECT near.service_name, near.run_name, far.upstream_service, far.upstream_run
    FROM two_steps AS near
    INNER JOIN two_steps AS far ON far.service_name = near.upstream_service AND far.run_name = near.upstream_run
  )
)

SELECT service_name, run_name, upstream_service, upstream_run
FROM four_steps
WHERE upstream_service != service_name OR upstream_run != run_name
