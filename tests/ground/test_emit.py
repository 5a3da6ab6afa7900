"""Real processes, real descriptors."""

import fcntl
import os
import threading
import time

import pytest

from library.programs import run
from svcerrors import _emit

EMIT = "import sys; from svcerrors._emit import emit, lost\n"


def test_a_line_goes_to_descriptor_1():
    """Not to what sys.stdout is."""
    ended = run(f"{EMIT}sys.stdout = sys.stderr\nsys.exit(emit(b'line\\n'))")
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, b"line\n", "")


def test_a_line_that_nothing_takes_is_counted():
    """Nothing is raised."""
    ended = run(f"{EMIT}import os; os.close(1); os.close(2)\nos._exit(10 * lost() + emit(b'line\\n') + 5 * lost())")
    assert ended.returncode == 5


@pytest.fixture
def pipe(monkeypatch):
    """A pipe in place of descriptor 1, which does not block and holds one page; its reading end is yielded."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4_096)
    os.set_blocking(writer, False)
    monkeypatch.setattr(_emit, "STDOUT", writer)
    monkeypatch.setattr(_emit, "STDERR", -1)
    yield reader
    os.close(reader)
    os.close(writer)


def test_a_line_longer_than_the_pipe_is_written_whole(pipe):
    """Short writes go on where they stopped, as the reader takes what is there."""
    line, read = b"x" * 50_000 + b"\n", bytearray()

    def drain():
        while not read.endswith(b"\n"):
            read.extend(os.read(pipe, 1_000))

    reader = threading.Thread(target=drain)
    reader.start()
    assert _emit.emit(line)
    reader.join()
    assert read == line


@pytest.mark.usefixtures("pipe")
def test_a_reader_that_stopped_is_not_waited_for_long(monkeypatch):
    """The line is lost, and counted."""
    monkeypatch.setattr(_emit, "PATIENCE", 0.1)
    before, begun = _emit.lost(), time.monotonic()
    assert not _emit.emit(b"x" * 50_000)
    assert time.monotonic() - begun < 2
    assert _emit.lost() == before + 1


def test_a_thread_that_hangs_is_not_waited_for_long(monkeypatch):
    """Its lock is given up on."""
    monkeypatch.setattr(_emit, "PATIENCE", 0.1)
    held, done = threading.Event(), threading.Event()

    def hang():
        with _emit._lock:
            held.set()
            done.wait()

    thread = threading.Thread(target=hang)
    thread.start()
    held.wait()
    assert not _emit.emit(b"line\n")
    done.set()
    thread.join()
