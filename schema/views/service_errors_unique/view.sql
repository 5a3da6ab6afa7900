-- Reads 400 days, the retention; a caller's own bound on error_timestamp is applied to what was read. Who wants to read
-- less calls the function.
SELECT *
FROM `${dataset}`.errors_since(400)
