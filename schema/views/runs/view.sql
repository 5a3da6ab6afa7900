SELECT *
FROM `${dataset}`.runs_since(400)
