"""Nasty inputs 25 to 36 and 39: the state of a process. Each is a real one."""

import os
import signal
from pathlib import Path

import pytest

from library.programs import run

INIT = "import os, sys, svcerrors\nsvcerrors.init('orders')\n"
WRITE = INIT + "sys.exit(10 if svcerrors.capture_exception(ValueError('\\xe9')) else 11)"


def messages(ended):
    return [line["svcerrors"]["error_message"] for line in ended.records]


def test_25_no_memory_is_left():
    """With its memory used up and still held, the program records that."""
    program = """
import resource
taken = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + (32 << 20),) * 2)
@svcerrors.capture_errors(reraise=False)
def work(size):
    while True:
        held.append(bytearray(size))
held = []
for size in (1 << 20, 1 << 16):
    work(size)
"""
    ended = run(INIT + program)
    assert ended.stderr == ""
    assert [line["svcerrors"]["error_type"] for line in ended.records] == ["MemoryError"] * 2


def test_26_stdout_is_closed():
    """The descriptor is used; where that is closed too, standard error."""
    first = run(WRITE.replace("sys.exit(", "sys.stdout.close()\nos._exit("))
    second = run(WRITE.replace("sys.exit(", "os.close(1)\nos._exit("))
    assert (first.returncode, second.returncode) == (10, 10)
    assert messages(first) == ["\xe9"]
    assert '"error_type":"ValueError"' in second.stderr


def test_27_stdout_is_broken_or_full():
    """Likewise; where standard error is full too, the line is lost and the program goes on."""
    reader, writer = os.pipe()
    os.close(reader)
    broken = run(WRITE, stdout=writer)
    os.close(writer)
    with Path("/dev/full").open("wb") as device:
        full = run(WRITE, stdout=device)
        nowhere = run(WRITE.replace("sys.exit(", "os.dup2(1, 2)\nos._exit("), stdout=device)
    assert (broken.returncode, full.returncode, nowhere.returncode) == (10, 10, 11)
    assert broken.stderr.count('"error_type":"ValueError"') == full.stderr.count('"error_type":"ValueError"') == 1


@pytest.mark.parametrize("gone", ["sys.stdout = None", "sys.stdout = sys.stderr", "del sys.stdout"])
def test_28_sys_stdout_is_not_what_it_was(gone):
    """The descriptor is."""
    assert messages(run(WRITE.replace("sys.exit(", f"{gone}\nos._exit("))) == ["\xe9"]


def test_29_stdout_is_ascii():
    """The line is."""
    ended = run(WRITE, PYTHONIOENCODING="ascii", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert messages(ended) == ["\xe9"]
    assert ended.stdout.isascii()


def test_30_nobody_reads():
    """A pipe that is full and does not block is waited for a while, then the line goes to standard error."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    os.write(writer, b"x" * 65_536)
    ended = run(WRITE, stdout=writer)
    os.close(reader)
    os.close(writer)
    assert ended.returncode == 10
    assert '"error_type":"ValueError"' in ended.stderr


def test_31_our_own_hook_fails():
    """The one that was there before is called all the same, once."""
    former = "import sys\nsys.excepthook = lambda *args: print('former', file=sys.stderr)\n"
    ended = run(former + INIT + "svcerrors._record.guard = None\nraise ValueError('shown')")
    assert ended.returncode == 1
    assert ended.stderr.startswith("former\n")
    assert ended.stderr.count("former") == 1


@pytest.mark.parametrize("daemon", ["", "threading.Thread(target=forever, daemon=True).start()"])
def test_33_while_the_interpreter_ends(daemon):
    """In atexit and in `__del__`, also when a daemon thread is cut off with our lock in its hand."""
    program = """
import atexit, threading, time
class Late:
    def __init__(self, name): self.name = name
    def __del__(self, capture=svcerrors.capture_exception, error=ValueError): capture(error(self.name))
def forever():
    while True:
        svcerrors.capture_exception(KeyError("daemon"), fingerprint=str(time.time()))
sys.modules["deleted last"] = Late("in del")
atexit.register(lambda: svcerrors.capture_exception(ValueError("at exit")))
"""
    ended = run(INIT + program + daemon)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert {"at exit", "in del"} <= set(messages(ended))


def test_34_a_fork_while_our_lock_is_held():
    """The child, which has no thread that could free it, records; its ids are its own."""
    program = """
import threading
from svcerrors import _emit
held, done = threading.Event(), threading.Event()
def hold():
    with _emit._lock:
        held.set()
        done.wait()
threading.Thread(target=hold).start()
held.wait()
children = [os.fork() for _ in range(1)]
if 0 in children:
    os._exit(0 if svcerrors.capture_exception(ValueError("child")) else 1)
done.set()
svcerrors.capture_exception(ValueError("parent"))
sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
"""
    ended = run(INIT + program)
    assert ended.returncode == 0
    assert sorted(messages(ended)) == ["child", "parent"]
    assert len({line["svcerrors"]["error_id"] for line in ended.records}) == 2


def test_34_a_child_of_multiprocessing_records(tmp_path):
    """Forked or spawned, by what it decorates."""
    program = """
import multiprocessing, svcerrors
@svcerrors.capture_errors
def work():
    raise ValueError(multiprocessing.get_start_method())
if __name__ == "__main__":
    for method in ("fork", "spawn"):
        multiprocessing.set_start_method(method, force=True)
        child = multiprocessing.Process(target=work)
        child.start()
        child.join()
"""
    file = tmp_path / "main.py"
    file.write_text(program)
    ended = run(f"import runpy\nrunpy.run_path({str(file)!r}, run_name='__main__')")
    assert messages(ended) == ["fork", "spawn"]


@pytest.mark.parametrize(
    ("ending", "returncode"),
    [("KeyboardInterrupt", -signal.SIGINT), ("SystemExit(3)", 3), ("GeneratorExit", 1)],
)
def test_35_an_ending_passes(ending, returncode):
    """Through the decorator and the hooks, unrecorded."""
    ended = run(INIT + f"@svcerrors.capture_errors\ndef work():\n    raise {ending}\nwork()")
    assert (ended.returncode, messages(ended)) == (returncode, [])


def test_39_seen_by_a_decorator_a_logger_and_a_hook():
    """One record."""
    program = """
import logging
@svcerrors.capture_errors
def work():
    raise ValueError("once")
try:
    work()
except ValueError:
    logging.getLogger().exception("again")
    svcerrors.capture_exception()
    raise
"""
    assert messages(run(INIT + program)) == ["once"]
