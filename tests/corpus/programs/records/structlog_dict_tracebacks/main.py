import structlog


def load():
    return {"away": 1}["home"]


chain = [structlog.processors.add_log_level, structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
structlog.configure(processors=chain)
try:
    load()
except KeyError:
    structlog.get_logger().exception("could not load", game="0022500561")
