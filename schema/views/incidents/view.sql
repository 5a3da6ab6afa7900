SELECT *
FROM `${dataset}`.incidents_since(30)
