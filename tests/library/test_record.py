"""What anyone's exceptions and values may do to us."""

import threading
import types
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

import svcerrors
from library.programs import run
from svcerrors import _record, capture_errors, capture_exception


class Unprintable(Exception):
    def __str__(self):
        raise ValueError("never shown")


class Interrupting(Exception):
    def __str__(self):
        raise KeyboardInterrupt


class Exiting(Exception):
    def __str__(self):
        raise SystemExit(3)


class Guarded(Exception):
    def __getattribute__(self, name):
        raise RuntimeError("hands off")

    def __setattr__(self, name, value):
        raise RuntimeError("hands off")

    def __eq__(self, other):
        raise RuntimeError("hands off")

    def __hash__(self):
        raise RuntimeError("hands off")

    def __bool__(self):
        raise RuntimeError("hands off")


class Annotated(Exception):
    __notes__ = 5


class Capturing(Exception):
    def __str__(self):
        capture_exception(ValueError("inner"))
        capture_exception(self)
        return "outer"


class Nameless(Exception):
    __module__ = []  # noqa: RUF012  # as hostile as it is legal


@pytest.mark.parametrize("error", [Unprintable, Interrupting, Exiting, Guarded, Annotated, Capturing, Nameless])
def test_a_hostile_exception_is_one_line_and_goes_on(error, written):
    """Whatever its class does, it is recorded once and the caller gets it and nothing else."""

    @capture_errors
    def work():
        raise error

    with pytest.raises(BaseException) as raised:
        work()

    assert type(raised.value) is error
    lines = written()
    assert [line["svcerrors"]["error_type"].rpartition(".")[2] for line in lines] == [error.__name__]
    assert capture_exception(raised.value) == lines[0]["svcerrors"]["error_id"]


def test_what_fails_inside_is_named(written, monkeypatch):
    """When our own work fails, the least that can be said is said, with the class of the failure."""

    def broken(*_):
        raise OSError("no categories")

    monkeypatch.setattr(_record, "categorise", broken)
    capture_exception(KeyError("k"))
    [line] = written()
    assert (line["svcerrors"]["error_type"], line["svcerrors"]["internal_error"]) == ("KeyError", "OSError")


def test_labels_that_fail_cost_only_themselves(written):
    """A mapping that cannot be read leaves the rest of the record whole."""

    class Odd(Mapping):
        broken = False

        def __len__(self):
            return 1

        def __iter__(self):
            if self.broken:
                raise OSError("no keys")
            return iter(("a",))

        def __getitem__(self, key):
            return 1

    with capture_errors(labels=Odd(), reraise=False):
        Odd.broken = True
        raise ValueError("whole")
    [line] = written()
    assert (line["svcerrors"]["error_message"], line["svcerrors"]["internal_error"]) == ("whole", "OSError")


def test_labels_are_strict_json(written):
    """Numbers that JSON cannot hold, cycles, odd keys and unknown objects become text."""
    cycle = []
    cycle.append(cycle)
    capture_exception(
        ValueError("x"),
        nan=float("nan"),
        infinite=float("-inf"),
        huge=10**5000,
        cycle=cycle,
        keys={b"bytes": 1, None: 2, ("a",): 3},
        unknown=threading.Lock(),
        price=Decimal("1.50"),
        text="x" * 10_000,
    )
    labels = written()[0]["svcerrors"]["labels"]
    assert len(labels.pop("text")) == 1_000
    assert labels == {
        "nan": "NaN",
        "infinite": "-Infinity",
        "huge": "<int of 16610 bits>",
        "cycle": ["<cycle>"],
        "keys": {"bytes": 1, "None": 2, "<tuple>": 3},
        "unknown": "<lock>",
        "price": "1.50",
    }


def test_no_secret_is_in_the_line(capfdbinary):
    """Not from the message, its notes, its causes, the source line, the labels or the request."""
    request = types.SimpleNamespace(
        method="GET",
        url="https://user:s3cr3t-a@host/path?token=s3cr3t-b",
        headers={"Authorization": "Bearer s3cr3t-c", "User-Agent": "curl"},
    )

    @capture_errors(labels={"db_password": "s3cr3t-d", "nested": {"api_key": ["s3cr3t-e"]}, "s3cr3t": "yes"})
    def handler(_request):
        password = "s3cr3t-f"  # noqa: F841, S105
        try:
            raise KeyError("postgres://user:s3cr3t-g@host/db")
        except KeyError as exc:
            error = ValueError("Authorization: Bearer s3cr3t-h.abcdefgh")
            error.add_note("password=s3cr3t-i")
            raise error from exc

    with pytest.raises(ValueError):
        handler(request)
    line = capfdbinary.readouterr().out
    assert line.count(b"\n") == 1
    assert b"s3cr3t-" not in line


def test_a_huge_message_is_bounded(capfdbinary):
    """A hundred megabytes cost a line of a few kilobytes."""
    capture_exception(ValueError("é" * 100_000_000))
    line = capfdbinary.readouterr().out
    assert len(line) < 110_000
    assert line.count(b"\n") == 1


def test_a_chain_of_thousands_is_bounded(written):
    """The nearest causes are kept."""
    error = ValueError("0")
    for number in range(1, 3_000):
        later = ValueError(str(number))
        later.__cause__ = error
        error = later
    capture_exception(error)
    [line] = written()
    assert [cause["error_message"] for cause in line["svcerrors"]["causes"]] == [
        str(n) for n in range(2_998, 2_988, -1)
    ]


def test_a_cycle_of_causes_ends(written):
    """An exception that causes itself through another is told once."""
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    capture_exception(one)
    assert written()[0]["svcerrors"]["causes"] == [
        {"error_type": "ValueError", "error_message": "two", "relation": "cause"}
    ]


def test_a_forged_class_name_makes_no_second_line(written):
    """A newline in a name is text, not a record."""
    forged = type('Evil\n{"severity":"INFO"}', (Exception,), {})
    capture_exception(forged())
    assert len(written()) == 1


def test_control_characters_and_lone_surrogates_are_escaped(written):
    """The message comes back as it was."""
    message = "a\x00\x1b\r\n\u2028\ud800b"
    capture_exception(ValueError(message))
    assert written()[0]["svcerrors"]["error_message"] == message


def test_a_forked_child_records():
    """Also while another thread of the parent held the lock of the descriptor."""
    program = """
import os, svcerrors
from svcerrors import _emit
with _emit._lock:
    child = os.fork()
    if child == 0:
        os._exit(0 if svcerrors.capture_exception(ValueError("in the child")) else 1)
os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    ended = run(program)
    assert ended.returncode == 0
    assert [line["svcerrors"]["error_message"] for line in ended.records] == ["in the child"]


def test_a_child_process_of_multiprocessing_shares_its_mark():
    """An exception that a child recorded and its parent gets is not recorded again."""
    program = """
import multiprocessing.pool, svcerrors
@svcerrors.capture_errors
def work(_):
    raise ValueError("in the child")
if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(1) as pool:
        svcerrors.capture_errors(pool.map)(work, [1])
"""
    ended = run(program)
    assert [line["svcerrors"]["error_message"] for line in ended.records] == ["in the child"]


WRITE = "import svcerrors, sys\nsys.exit(10 if svcerrors.capture_exception(ValueError('x')) else 11)"


def test_a_closed_stdout_moves_the_line_to_stderr():
    """The line is not lost while one descriptor works."""
    ended = run(f"import os; os.close(1)\n{WRITE}")
    assert ended.returncode == 10
    assert '"error_type":"ValueError"' in ended.stderr


def test_a_full_device_moves_the_line_to_stderr():
    """Nor when standard output takes nothing."""
    with Path("/dev/full").open("wb") as full:
        ended = run(WRITE, stdout=full)
    assert ended.returncode == 10
    assert '"error_type":"ValueError"' in ended.stderr


def test_no_descriptor_at_all_is_no_error():
    """The program goes on, and is told that nothing was written."""
    assert run(f"import os; os.close(1); os.close(2)\n{WRITE}").returncode == 11


def test_sys_stdout_is_not_asked():
    """A host may have replaced, closed or dropped it."""
    assert len(run(f"import sys; sys.stdout = None\n{WRITE}").records) == 1


def test_many_threads_write_whole_lines():
    """Lines longer than a pipe's atomic write do not mix."""
    program = """
import threading, svcerrors
def work(n):
    for _ in range(25):
        svcerrors.capture_exception(ValueError("x" * 8_000), thread=n)
threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
[t.start() for t in threads]; [t.join() for t in threads]
"""
    ended = run(program)
    counted = [line["svcerrors"]["labels"]["thread"] for line in ended.records]
    assert sorted(counted) == sorted(list(range(8)) * 25)


def test_init_reads_who_the_service_is(written, monkeypatch):
    """What init is told stands before the environment; the rest is read from there."""
    monkeypatch.setenv("K_SERVICE", "from-environment")
    monkeypatch.setenv("K_REVISION", "rev-7")
    svcerrors.init("orders", release="abc", environment="test")
    capture_exception(ValueError())
    [line] = written()
    assert line["serviceContext"] == {"service": "orders", "version": "rev-7"}
    assert (line["svcerrors"]["release"], line["svcerrors"]["environment"]) == ("abc", "test")
