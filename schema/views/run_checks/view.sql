SELECT *
FROM `${dataset}`.run_checks_since(30)
WHERE IFNULL(until, CURRENT_TIMESTAMP()) > since
