import logging
import sys

import ecs_logging


def load():
    return {"away": 1}["home"]


handler = logging.StreamHandler(sys.stdout)
handler.setFormatter(ecs_logging.StdlibFormatter())
logger = logging.getLogger("scores")
logger.addHandler(handler)
try:
    load()
except KeyError:
    logger.exception("could not load")
