import logging
import sys

logging.basicConfig()


def load():
    return {}["home"]


try:
    load()
except KeyError:
    logging.getLogger("scores.store").exception("could not load")
sys.exit(1)
