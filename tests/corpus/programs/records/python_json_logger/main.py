import logging
import sys

from pythonjsonlogger.json import JsonFormatter


def load():
    return {"away": 1}["home"]


handler = logging.StreamHandler(sys.stdout)
handler.setFormatter(JsonFormatter("%(levelname)s %(name)s %(message)s"))
logger = logging.getLogger("scores")
logger.addHandler(handler)
try:
    load()
except KeyError:
    logger.exception("could not load")
