from shared.utils import bigquery_utils

bigquery_utils.insert()
