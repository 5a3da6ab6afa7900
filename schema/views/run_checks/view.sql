SELECT *
FROM `${dataset}`.run_checks_since(30)
