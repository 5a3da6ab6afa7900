-- Which services cannot start, since when, what does the import or setting lack, and what did not run behind them?
SELECT
  service_name,
  revision,
  is_ongoing,
  is_served_by_another,
  cause,
  missing_module,
  culprit,
  first_seen,
  last_seen,
  occurrences,
  last_good_revision,
  recovered_at,
  did_not_run
FROM startup_failures
ORDER BY is_ongoing DESC, last_seen DESC, service_name, revision, fingerprint
