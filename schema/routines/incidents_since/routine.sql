SELECT *
FROM `${dataset}`.counted_since(days, FALSE)
