"""Real programs, ended by errors that nobody catches."""

import sys
import threading

import pytest

import svcerrors
from library.programs import run
from svcerrors._errors import UsageError

INIT = "import svcerrors, sys, threading\nsvcerrors.init('orders')\n"
HOOKS = ((sys, "excepthook"), (threading, "excepthook"), (sys, "unraisablehook"))

IN_MAIN = INIT + "raise ValueError('in main')"
IN_THREAD = INIT + "t = threading.Thread(target=lambda: 1 / 0); t.start(); t.join()"
IN_DEL = INIT + "class A:\n    def __del__(self): raise ValueError('in del')\na = A(); del a"


def seen(ended):
    return [
        (line["svcerrors"]["mechanism"], line["svcerrors"]["error_type"], line["svcerrors"]["handled"])
        for line in ended.records
    ]


@pytest.mark.parametrize(
    ("program", "row", "returncode"),
    [
        (IN_MAIN, ("excepthook", "ValueError", False), 1),
        (IN_THREAD, ("threading", "ZeroDivisionError", True), 0),
        (IN_DEL, ("unraisable", "ValueError", True), 0),
    ],
)
def test_an_uncaught_error_is_one_line(program, row, returncode):
    """At a terminal the interpreter's own text stays; on a platform the line is all there is."""
    here, platform = run(program), run(program, K_SERVICE="orders")
    assert (seen(here), seen(platform)) == ([row], [row])
    assert (here.returncode, platform.returncode) == (returncode, returncode)
    assert row[1] in here.stderr
    assert platform.stderr == ""


@pytest.mark.parametrize("name", ["sys.excepthook", "threading.excepthook", "sys.unraisablehook"])
def test_another_hook_is_called_once(name):
    """Whoever was there before init is called after it, on a platform too."""
    program = {"sys.excepthook": IN_MAIN, "threading.excepthook": IN_THREAD, "sys.unraisablehook": IN_DEL}[name]
    other = f"import sys, threading\n{name} = lambda *args: print('former', file=sys.stderr)\n"
    ended = run(other + program, K_SERVICE="orders")
    assert len(ended.records) == 1
    assert ended.stderr == "former\n"


def test_the_interpreters_text_stays_where_our_line_is_lost(tmp_path):
    """The error must be somewhere."""
    shown = tmp_path / "stderr"
    nowhere = "import os\nsys.stderr = open(sys.argv[1], 'w')\nos.close(1); os.close(2)\n"
    assert run(INIT + nowhere + "raise ValueError('shown')", str(shown), K_SERVICE="orders").returncode == 1
    assert "ValueError: shown" in shown.read_text()


def test_an_error_that_was_captured_before_is_not_recorded_again():
    """A decorator saw it first; the program's end adds nothing."""
    ended = run(INIT + "@svcerrors.capture_errors\ndef f(): raise ValueError\nf()", K_SERVICE="orders")
    assert seen(ended) == [("decorator", "ValueError", False)]
    assert ended.stderr == ""


@pytest.mark.parametrize(
    ("program", "returncode"),
    [
        ("raise KeyboardInterrupt", -2),
        ("raise SystemExit(3)", 3),
        ("t = threading.Thread(target=sys.exit); t.start(); t.join()", 0),
    ],
)
def test_an_ending_is_no_error(program, returncode):
    """Ctrl-C, exit() and a thread that ends itself are not recorded."""
    ended = run(INIT + program, K_SERVICE="orders")
    assert (seen(ended), ended.returncode) == ([], returncode)


@pytest.mark.parametrize(
    "program",
    [
        "import atexit; atexit.register(lambda: 1 / 0)",
        "class A:\n    def __del__(self): 1 / 0\nkept = A()",
        "class A:\n    def __del__(self): 1 / 0\nsys.modules['kept'] = A()",
    ],
)
def test_an_error_at_shutdown_is_recorded(program):
    """In atexit, and in what the interpreter deletes last."""
    ended = run(INIT + program, K_SERVICE="orders")
    assert [(mechanism, error) for mechanism, error, _ in seen(ended)] == [("unraisable", "ZeroDivisionError")]
    assert ended.stderr == ""


def test_an_error_of_a_daemon_thread_at_exit_breaks_nothing():
    """The thread may be cut at any point of our work."""
    program = INIT + "def work():\n    while True:\n        svcerrors.capture_exception(ValueError())\n"
    ended = run(program + "threading.Thread(target=work, daemon=True).start()\nimport time; time.sleep(0.2)")
    assert ended.returncode == 0
    assert ended.stderr == ""


def test_a_program_that_cannot_import_says_what_asked_for_it():
    """The culprit of a failed import is the team's own line."""
    ended = run(INIT + "import shared_utils_of_nobody", K_SERVICE="orders")
    [line] = ended.records
    assert line["svcerrors"]["error_type"] == "ModuleNotFoundError"
    assert line["svcerrors"]["error_category"] == "configuration_error"


WATCHED = """
import sys
seen = []
def watch(event, args):
    if event.startswith(("socket.", "_thread.start", "subprocess.", "os.fork")) or (
        event == "open" and not str(args[0]).endswith((".py", ".pyc", ".so"))
    ):
        seen.append((event, args))
sys.addaudithook(watch)
import svcerrors
svcerrors.init("orders", logging="ERROR", exits=True, futures=True, sigterm=True)
print(seen, file=sys.stderr)
"""


def test_import_and_init_start_no_thread_and_open_nothing():
    """No file but the modules themselves, no socket, no process: with everything switched on that records."""
    assert run(WATCHED).stderr == "[]\n"


def test_init_is_idempotent_and_uninstall_restores():
    """Hooks are put in place once, and taken out as they were found."""
    before = [getattr(*hook) for hook in HOOKS]
    svcerrors.init()
    during = [getattr(*hook) for hook in HOOKS]
    svcerrors.init()
    assert [getattr(*hook) for hook in HOOKS] == during
    svcerrors.uninstall()
    svcerrors.uninstall()
    assert [getattr(*hook) for hook in HOOKS] == before


def test_a_hook_on_top_of_ours_stays():
    """Ours, left in the chain, records no more, and passes errors on; init puts a new one on top."""
    chain = "ours = sys.excepthook\nsys.excepthook = lambda *args: ours(*args)\n"
    ended = run(INIT + chain + "svcerrors.uninstall()\nraise ValueError")
    assert seen(ended) == []
    assert ended.stderr.count("Traceback") == 1
    ended = run(INIT + chain + "svcerrors.uninstall()\nsvcerrors.init()\nraise ValueError")
    assert seen(ended) == [("excepthook", "ValueError", False)]
    assert ended.stderr.count("Traceback") == 1


@pytest.mark.parametrize("option", ["service", "release", "environment"])
def test_init_refuses_what_is_no_text(option):
    """The message names the argument."""
    with pytest.raises(UsageError, match=f"^{option} must be a text"):
        svcerrors.init(**{option: 5})
