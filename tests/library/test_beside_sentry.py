"""Beside an active sentry_sdk: both see each error, and each of them once, whichever was there first."""

import pytest

from library.programs import run

SENTRY = """
import sentry_sdk
from sentry_sdk.transport import Transport

class ToStderr(Transport):
    def capture_envelope(self, envelope):
        event = envelope.get_event()
        if event and "exception" in event:
            print("sentry", event["exception"]["values"][-1]["type"], file=sys.stderr, flush=True)

sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", transport=ToStderr)
"""
OURS = """
import svcerrors
svcerrors.init(logging="ERROR")
"""
UNCAUGHT = "raise KeyError('home')"
THREAD = """
import threading
def work(): raise KeyError('home')
thread = threading.Thread(target=work); thread.start(); thread.join()
"""
LOGGED = """
import logging
try:
    raise KeyError('home')
except KeyError:
    logging.getLogger('orders').exception('failed')
"""
TASK = """
import asyncio, gc
async def fail(): raise KeyError('home')
async def main():
    task = asyncio.create_task(fail())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task; gc.collect()
asyncio.run(main())
"""
CAPTURED = """
@svcerrors.capture_errors
def fail(): raise KeyError('home')
try:
    fail()
except KeyError as error:
    sentry_sdk.capture_exception(error)
    svcerrors.capture_exception(error)
    import logging
    logging.getLogger('orders').exception('failed')
"""
FLASK = """
import flask
from svcerrors.integrations.flask import init_app
app = flask.Flask("orders")
init_app(app)
@app.get("/")
def fails(): raise KeyError('home')
assert app.test_client().get("/").status_code == 500
"""


@pytest.mark.parametrize("first", ["sentry", "svcerrors"])
@pytest.mark.parametrize(
    "program",
    [UNCAUGHT, THREAD, LOGGED, TASK, CAPTURED, FLASK],
    ids=["uncaught", "thread", "logged", "task", "captured", "flask"],
)
def test_each_sees_each_error_once(program, first):
    """One event of Sentry's, one line of ours; what one of them marks or chains takes nothing from the other."""
    inits = [SENTRY, OURS] if first == "sentry" else [OURS, SENTRY]
    ended = run("import sys\n" + "".join(inits) + program)
    seen = [line for line in ended.stderr.splitlines() if line.startswith("sentry ")]
    assert (seen, [one["svcerrors"]["error_type"] for one in ended.records]) == (["sentry KeyError"], ["KeyError"])
