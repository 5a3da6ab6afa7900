"""Many processes and threads into one pipe, and descriptors that take a part of a line or nothing."""

import fcntl
import json
import os
import subprocess
import sys
import time

import pytest

from library.programs import CLEAN, run
from svcerrors import _emit

WRITER = """
import sys, threading, svcerrors
number, size = sys.argv[1], int(sys.argv[2])
def work(thread):
    for turn in range(10):
        labels = {f"l{n}": ["x" * 1000] * 10 for n in range(size // 10000)}
        svcerrors.capture_exception(ValueError(), fingerprint=f"{number}/{thread}/{turn}", **labels)
threads = [threading.Thread(target=work, args=(thread,)) for thread in range(4)]
[t.start() for t in threads]; [t.join() for t in threads]
sys.exit(svcerrors._emit.lost())
"""


@pytest.mark.parametrize("size", [10_000, 60_000])
def test_processes_and_threads_share_a_pipe(size, tmp_path):
    """Eight processes of four threads: every line is whole, and none is missing."""
    reader, writer = os.pipe()
    env = {**CLEAN, "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", WRITER]
    writers = [
        subprocess.Popen([*command, str(number), str(size)], stdout=writer, stderr=writer, env=env)
        for number in range(8)
    ]
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        lines = pipe.read().splitlines()
    assert [process.wait(30) for process in writers] == [0] * 8
    assert min(map(len, lines)) > size
    told = [json.loads(line)["svcerrors"]["fingerprint"] for line in lines]
    assert sorted(told) == sorted(f"{n}/{thread}/{turn}" for n in range(8) for thread in range(4) for turn in range(10))


def test_a_process_that_hangs_in_its_turn_is_not_waited_for_long(tmp_path, monkeypatch, capfdbinary):
    """The long line is lost and counted; a short one needs no turn."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(_emit, "PATIENCE", 0.1)
    hang = "import os, sys, time; f = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT); os.lockf(f, os.F_LOCK, 0)"
    command = [sys.executable, "-c", f"{hang}; print(flush=True); time.sleep(60)"]
    before = _emit.lost()
    with subprocess.Popen([*command, tmp_path / f"svcerrors-{os.getuid()}.lock"], stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        assert not _emit.emit(b"x" * 5_000 + b"\n")
        assert _emit.emit(b"short\n")
        other.kill()
    assert _emit.emit(b"y" * 5_000 + b"\n")
    assert _emit.lost() == before + 1
    assert capfdbinary.readouterr().out == b"short\n" + b"y" * 5_000 + b"\n"


def test_without_a_folder_for_the_lock_the_line_is_written(monkeypatch, capfdbinary):
    """One process alone needs none."""
    monkeypatch.setenv("TMPDIR", "/nowhere")
    assert _emit.emit(b"x" * 5_000 + b"\n")
    assert len(capfdbinary.readouterr().out) == 5_001


@pytest.fixture
def pipe(monkeypatch, tmp_path):
    """A pipe in place of descriptor 1, which does not block and holds one page; its reading end is yielded."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4_096)
    os.set_blocking(writer, False)
    monkeypatch.setattr(_emit, "STDOUT", writer)
    monkeypatch.setattr(_emit, "STDERR", -1)
    monkeypatch.setattr(_emit, "PATIENCE", 0.1)
    monkeypatch.setattr(_emit, "_torn", set())
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    yield reader
    os.close(reader)
    os.close(writer)


def test_a_torn_line_ends_before_the_next(pipe):
    """What stands of it is a line of its own."""
    assert not _emit.emit(b"x" * 6_000 + b"\n")
    torn = os.read(pipe, 10_000)
    assert _emit.emit(b"whole\n")
    assert _emit.emit(b"next\n")
    assert (torn, os.read(pipe, 100)) == (b"x" * 4_096, b"\nwhole\nnext\n")


def test_a_line_that_was_not_begun_leaves_nothing(pipe):
    """A pipe that is full takes none of it, and the next line needs no break."""
    os.write(_emit.STDOUT, b"." * 4_096)
    assert not _emit.emit(b"short\n")
    os.read(pipe, 10_000)
    assert _emit.emit(b"next\n")
    assert os.read(pipe, 100) == b"next\n"


class Injected(BaseException):
    """Raised by a host at any bytecode, as a timeout of functions-framework is."""


def test_an_error_injected_into_a_write_leaves_a_torn_line_at_most(pipe, monkeypatch):
    """It goes on to the program, the lock is free, and the next line stands alone."""

    def interrupted(_seconds):
        raise Injected

    with monkeypatch.context() as patch:
        patch.setattr(time, "sleep", interrupted)
        with pytest.raises(Injected):
            _emit.emit(b"x" * 6_000 + b"\n")
    os.read(pipe, 10_000)
    assert _emit.emit(b"next\n")
    assert os.read(pipe, 100) == b"\nnext\n"


def test_a_broken_pipe_moves_the_line_to_stderr():
    """Whoever read has gone; the program ends as it would have."""
    reader, writer = os.pipe()
    os.close(reader)
    write = "import svcerrors, sys\nsys.exit(10 if svcerrors.capture_exception(ValueError('x')) else 11)"
    ended = run(write, stdout=writer)
    os.close(writer)
    assert ended.returncode == 10
    assert '"error_type":"ValueError"' in ended.stderr


FUNCTION = """
import svcerrors
svcerrors.init()

@svcerrors.capture_errors(labels={"long": ["x" * 1000] * 10})
def handler(request):
    raise ValueError("in a function")
"""
CALL = """
import functions_framework, sys
client = functions_framework.create_app("handler", sys.argv[1]).test_client()
print(client.get("/", headers={"Function-Execution-Id": "ex1"}).status_code)
"""


def test_a_host_that_rewrites_what_is_printed_does_not_touch_our_line(tmp_path):
    """functions-framework with LOG_EXECUTION_ID reads each write() as an entry; the id is on our line already."""
    source = tmp_path / "main.py"
    source.write_text(FUNCTION)
    ended = run(CALL, str(source), LOG_EXECUTION_ID="true", K_SERVICE="orders")
    assert ended.stdout.endswith(b"}\n500\n")
    assert [line["svcerrors"]["execution_id"] for line in ended.records] == ["ex1"]
