import sys

from loguru import logger


def load():
    return {"away": 1}["home"]


logger.remove()
logger.add(sys.stdout)
try:
    load()
except KeyError:
    logger.exception("could not load {}", 7)
