from shared.utils.bigquery_utils import insert


def handle(request):
    return insert(request)
