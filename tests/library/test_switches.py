"""What a program may have watched besides: its exits, SIGTERM, its crashes."""

import json
import signal
import subprocess
import sys

import pytest

import svcerrors
from library.programs import CLEAN, Ended, run
from svcerrors._errors import UsageError

INIT = "import svcerrors, sys\nsvcerrors.init('orders')\n"
JOB = {"CLOUD_RUN_JOB": "orders"}


def told(ended):
    return [(line["svcerrors"]["error_type"], line["svcerrors"]["error_message"]) for line in ended.records]


@pytest.mark.parametrize(
    ("program", "rows", "returncode"),
    [
        ("sys.exit(3)", [("SystemExit", "3")], 3),
        ("sys.exit('no games')", [("SystemExit", "no games")], 1),
        ("exit(3)", [("SystemExit", "3")], 3),
        ("quit(code='no games')", [("SystemExit", "no games")], 1),
        ("sys.exit()", [], 0),
        ("def main(): sys.exit(0)\nmain()", [], 0),
        ("def main(): sys.exit(2)\nmain()", [("SystemExit", "2")], 2),
        ("@svcerrors.capture_errors\ndef main(): raise SystemExit(4)\nmain()", [("SystemExit", "4")], 4),
        ("def main():\n    try: sys.exit(2)\n    except SystemExit: pass\nmain()", [], 0),
        ("try: 1 / 0\nexcept ZeroDivisionError: sys.exit(1)", [("ZeroDivisionError", "division by zero")], 1),
        (
            "try: 1 / 0\nexcept ZeroDivisionError:\n    svcerrors.capture_exception()\n    sys.exit(1)",
            [("ZeroDivisionError", "division by zero")],
            1,
        ),
        ("import threading\nt = threading.Thread(target=sys.exit, args=(1,)); t.start(); t.join()", [], 0),
    ],
)
def test_a_job_that_ends_itself_says_where(program, rows, returncode):
    """The error that led to it, else the exit; an exit that is caught, or 0, is none."""
    ended = run(INIT + program, **JOB)
    assert (told(ended), ended.returncode) == (rows, returncode)


def test_an_exit_is_recorded_on_demand_only():
    """Servers exit on purpose; a job may say that it does too."""
    asked = "import svcerrors, sys\nsvcerrors.init(exits=True)\nsys.exit(1)"
    declined = "import svcerrors, sys\nsvcerrors.init(exits=False)\nsys.exit(1)"
    assert told(run(INIT + "sys.exit(1)", K_SERVICE="orders")) == []
    assert told(run(asked, K_SERVICE="orders")) == [("SystemExit", "1")]
    assert told(run(declined, **JOB)) == []


def exits():
    return [sys.exit, vars(type(exit))["__call__"]]


def test_uninstall_restores_exit():
    """The functions are those that were there."""
    before = exits()
    svcerrors.init(exits=True)
    assert [now is former for now, former in zip(exits(), before, strict=True)] == [False, False]
    svcerrors.uninstall()
    assert exits() == before


WAITING = """
import sys, threading, time, svcerrors
svcerrors.init("orders", sigterm=True)

@svcerrors.capture_errors
def handler():
    print("in", flush=True)
    time.sleep(20)

for _ in range(2):
    threading.Thread(target=handler, daemon=True).start()
"""
IN_MAIN = WAITING + "handler()"
IDLE = "import time, svcerrors\nsvcerrors.init(sigterm=True)\nprint('in\\nin\\nin', flush=True)\ntime.sleep(20)"
CHAINED = "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n" + IN_MAIN
TASKS = """
import asyncio, svcerrors
svcerrors.init("orders", sigterm=True)

@svcerrors.capture_errors
async def handler():
    print("in", flush=True)
    await asyncio.sleep(20)

async def main():
    await asyncio.gather(handler(), handler(), handler())

asyncio.run(main())
"""

IN_RUNS = """
import threading, time, svcerrors
svcerrors.init("orders", sigterm=True)

def nightly():
    with svcerrors.track_run("nightly"):
        print("in", flush=True)
        time.sleep(20)

def ended():
    with svcerrors.track_run("ended"):
        pass

ended()
threading.Thread(target=nightly, daemon=True).start()
with svcerrors.track_run("hourly"):
    print("in", flush=True)
    time.sleep(20)
"""


def terminated(program, lines=3):
    """Send SIGTERM once the program has written so many lines: that it is in, and what is recorded of its runs."""
    process = subprocess.Popen(
        [sys.executable, "-c", program], env=CLEAN, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    said = b"".join(process.stdout.readline() for _ in range(lines))
    process.send_signal(signal.SIGTERM)
    rest, errors = process.communicate(timeout=20)
    return Ended(process.returncode, said + rest, errors.decode())


@pytest.mark.parametrize(("program", "returncode"), [(IN_MAIN, -15), (TASKS, -15), (CHAINED, 7)])
def test_sigterm_says_what_was_in_flight(program, returncode):
    """Calls in threads, in the main thread and in tasks; then the process ends as it would have."""
    ended = terminated(program)
    assert told(ended) == [("Signal", "SIGTERM with 3 calls in flight")]
    assert ended.records[0]["severity"] == "WARNING"
    assert ended.returncode == returncode


def test_sigterm_says_which_runs_it_ends():
    """Runs of any thread, though no captured call is in flight."""
    ended = terminated(IN_RUNS, lines=6)
    signals = [line for line in ended.records if line["svcerrors"]["kind"] == "error"]
    assert [line["svcerrors"]["error_message"] for line in signals] == [
        "SIGTERM with 0 calls in flight and 2 runs open"
    ]
    assert signals[0]["svcerrors"]["labels"] == {"calls_in_flight": 0, "runs_open": 2}


def test_sigterm_with_nothing_in_flight_is_no_error():
    """The platform ends idle instances all day."""
    ended = terminated(IDLE)
    assert (told(ended), ended.returncode) == ([], -15)


def test_sigterm_is_for_the_main_thread():
    """Python sets handlers there only, and init says so."""
    program = (
        "import svcerrors, threading\n"
        "threading.excepthook = lambda args: print(args.exc_value)\n"
        "t = threading.Thread(target=svcerrors.init, kwargs={'sigterm': True}); t.start(); t.join()"
    )
    assert b"sigterm=True needs init() to be called in the main thread" in run(program).stdout


def test_uninstall_restores_sigterm():
    """The handler is the one that was there."""
    before = signal.getsignal(signal.SIGTERM)
    svcerrors.init(sigterm=True)
    assert signal.getsignal(signal.SIGTERM) != before
    svcerrors.uninstall()
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_crash_of_the_interpreter_leaves_its_stacks():
    """Text on standard error, from which the sink makes the record."""
    crash = "import faulthandler\nfaulthandler._sigsegv()"
    ended = run("import svcerrors\nsvcerrors.init(faulthandler=True)\n" + crash)
    assert ended.returncode == -signal.SIGSEGV
    assert ended.stderr.startswith("Fatal Python error: Segmentation fault")
    assert run("import svcerrors\nsvcerrors.init()\n" + crash).stderr == ""


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("logging", "INFO"),
        ("logging", True),
        ("exits", 1),
        ("futures", "yes"),
        ("sigterm", None),
        ("faulthandler", 1),
        ("redact_emails", "1"),
    ],
)
def test_init_refuses_what_no_switch_can_be(option, value):
    """The message names the option, and nothing was put in place."""
    before = sys.excepthook
    with pytest.raises(UsageError, match=f"^{option} must be "):
        svcerrors.init(**{option: value})
    assert sys.excepthook is before


@pytest.mark.parametrize(
    ("option", "environ", "shown"),
    [
        ("", {}, "ada@example.com"),
        ("redact_emails=True", {}, "[redacted]"),
        ("", {"SVCERRORS_REDACT_EMAILS": "1"}, "[redacted]"),
        ("redact_emails=False", {"SVCERRORS_REDACT_EMAILS": "1"}, "ada@example.com"),
    ],
)
def test_addresses_of_emails_are_secrets_where_that_is_wanted(option, environ, shown):
    """In messages, notes, stack traces and labels."""
    source = f"""
import svcerrors
svcerrors.init({option})
error = LookupError("no user ada@example.com")
error.add_note("but ada@example.com")
svcerrors.capture_exception(error, user="ada@example.com")
"""
    (payload,) = run(source, **environ).records
    own = payload["svcerrors"]
    assert own["error_message"] == f"no user {shown}\nbut {shown}"
    assert own["labels"] == {"user": shown}
    assert json.dumps(payload).count(shown) == 6
