import logging
import sys

from google.cloud import logging_v2
from google.cloud.logging_v2.handlers import StructuredLogHandler

logging_v2._instrumentation_emitted = True


def load():
    return {"away": 1}["home"]


logger = logging.getLogger("scores")
logger.addHandler(StructuredLogHandler(stream=sys.stdout, project_id="score-line"))
try:
    load()
except KeyError:
    logger.exception("could not load")
