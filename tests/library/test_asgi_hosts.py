"""ASGI applications under uvicorn, on both of its event loops."""

import pytest

from library.hosts import Host, told

APP = """
import asyncio, fastapi, svcerrors
from fastapi.responses import JSONResponse
from svcerrors.integrations.asgi import Middleware

svcerrors.init()
app = fastapi.FastAPI()
app.add_middleware(Middleware, labels={"phase": "4"})

@app.get("/raise/{name}")
async def raises(name: str):
    await asyncio.sleep(0.01)
    raise ValueError(name)

@app.get("/thread")
def in_a_thread():
    try:
        raise KeyError("in a thread")
    except KeyError:
        svcerrors.capture_exception()
    return JSONResponse({}, 503)

@app.get("/answer")
def answers():
    return JSONResponse({}, 500)

@app.get("/abort/{status}")
async def aborts(status: int):
    raise fastapi.HTTPException(status)

@app.post("/push")
async def is_pushed_to(message: dict):
    raise LookupError("pushed")

@app.get("/callback")
async def leaves_a_callback():
    asyncio.get_running_loop().call_soon(lambda: 1 / 0)
    await asyncio.sleep(0.05)
    return "fine"
"""
UNCHANGED = """
import fastapi
app = fastapi.FastAPI()

@app.get("/{name}")
async def raises(name: str):
    raise ValueError(name)
"""
SERVER = ("uvicorn", "app:app", "--port", "{port}", "--loop")


@pytest.fixture(scope="module", params=["asyncio", "uvloop"])
def hosted(request, tmp_path_factory):
    """Call each path; return statuses and records."""
    folder = tmp_path_factory.mktemp("asgi")
    (folder / "app.py").write_text(APP)
    host = Host(folder, *SERVER, request.param).ready()
    push = {"message": {"messageId": "m1"}, "subscription": "projects/p/subscriptions/s", "deliveryAttempt": 4}
    paths = ["/raise/x?token=s3cr3t", "/thread", "/answer", "/abort/404", "/abort/500", "/raise/", "/callback"]
    return [*(host.call(path) for path in paths), host.call("/push", push)], host.stop()[0]


def test_every_failure_is_one_record(hosted):
    """Raised, answered, captured in a worker thread, left to the loop; no 404."""
    statuses, lines = hosted
    assert statuses == [500, 503, 500, 404, 500, 404, 200, 500]
    assert told(lines) == [
        ("asgi", "HttpStatus500", "GET /abort/500 was answered 500"),
        ("asgi", "HttpStatus500", "GET /answer was answered 500"),
        ("asgi", "LookupError", "pushed"),
        ("asgi", "ValueError", "x"),
        ("asyncio", "ZeroDivisionError", "division by zero"),
        ("manual", "KeyError", "'in a thread'"),
    ]


def test_a_record_has_its_request(hosted):
    """Also one that was made in a worker thread, which has no frame of ours on its stack; and a push its message."""
    by_type = {line["svcerrors"]["error_type"]: line for line in hosted[1]}
    assert by_type["ValueError"]["httpRequest"]["requestUrl"].endswith("/raise/x")
    assert by_type["ValueError"]["svcerrors"]["phase"] == "4"
    assert by_type["LookupError"]["svcerrors"]["event"]["delivery_attempt"] == 4
    assert by_type["KeyError"]["httpRequest"]["requestUrl"].endswith("/thread")
    assert by_type["KeyError"]["logging.googleapis.com/trace"].endswith("4736")


def test_an_unchanged_application(tmp_path):
    """SVCERRORS_AUTO=1 is all: uvicorn logs the error, and does not propagate it."""
    (tmp_path / "app.py").write_text(UNCHANGED)
    host = Host(tmp_path, *SERVER, "asyncio", SVCERRORS_AUTO="1").ready()
    assert host.call("/x") == 500
    [line] = host.stop()[0]
    assert told([line]) == [("logging", "ValueError", "x")]
    assert line["svcerrors"]["handled"] is False


def test_an_application_that_cannot_import(tmp_path):
    """uvicorn lets the error end the program."""
    (tmp_path / "app.py").write_text("import shared_utils_of_nobody\n")
    lines, _ = Host(tmp_path, *SERVER, "asyncio", SVCERRORS_AUTO="1").end()
    assert told(lines) == [("excepthook", "ModuleNotFoundError", "No module named 'shared_utils_of_nobody'")]
