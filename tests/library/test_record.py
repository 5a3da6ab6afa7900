"""What one line holds of an exception, its labels and its service."""

import threading
import types
from decimal import Decimal

import pytest

import svcerrors
from library.programs import run
from svcerrors import _options, capture_errors, capture_exception


def test_what_fails_inside_is_named(written, monkeypatch):
    """When our own work fails, the least that can be said is said, with the class of the failure."""

    def broken(*_):
        raise OSError("no categories")

    monkeypatch.setattr(_options, "categorise", broken)
    capture_exception(KeyError("k"))
    [line] = written()
    assert (line["svcerrors"]["error_type"], line["svcerrors"]["internal_error"]) == ("KeyError", "OSError")


def test_no_descriptor_is_left():
    """The first error is that: all that records it is there already."""
    program = """
import os, resource, svcerrors
svcerrors.init("orders")
resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
with svcerrors.track_run("nightly"):
    open("games.csv")
"""
    told = [line["svcerrors"] for line in run(program).records]
    assert [(one["kind"], one.get("error_type"), one.get("status")) for one in told] == [
        ("run", None, "started"),
        ("error", "OSError", None),
        ("run", None, "failed"),
    ]
    assert told[1]["error_message"] == "[Errno 24] Too many open files: 'games.csv'"


def test_a_function_that_cannot_be_captured_any_longer_is_left_alone():
    """What a decorator makes is imported with the first one; where that fails the program goes on."""
    program = """
import resource, svcerrors
svcerrors.init("orders")
resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
def handler(): return 7
print(svcerrors.capture_errors(handler) is handler, handler())
"""
    assert run(program).stdout == b"True 7\n"


class Hostile:
    def __getattribute__(self, name):
        raise SystemExit(name)


def test_an_option_that_cannot_even_be_looked_at_is_left_out(written):
    """Whatever runs when an object is asked what it is, the error has its line and the program goes on."""
    hostile = Hostile()
    capture_exception(
        KeyError("k"), severity=hostile, category=hostile, fingerprint=hostile, handled=hostile, by=hostile
    )
    with svcerrors.track_run(hostile, key=hostile, labels=hostile):
        pass
    [error, _, run] = [line["svcerrors"] for line in written()]
    assert (error["labels"], error["handled"]) == ({"by": "<Hostile>"}, True)
    assert (run["run_name"], run["run_key"], run["status"]) == ("<Hostile>", "<Hostile>", "succeeded")


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


def test_init_reads_who_the_service_is(written, monkeypatch):
    """What init is told stands before the environment; the rest is read from there."""
    monkeypatch.setenv("K_SERVICE", "from-environment")
    monkeypatch.setenv("K_REVISION", "rev-7")
    svcerrors.init("orders", release="abc", environment="test")
    capture_exception(ValueError())
    [line] = written()
    assert line["serviceContext"] == {"service": "orders", "version": "rev-7"}
    assert (line["svcerrors"]["release"], line["svcerrors"]["environment"]) == ("abc", "test")
