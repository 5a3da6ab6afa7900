"""Many errors of one kind: few lines, constant memory, and a count that is exact."""

import asyncio
import gc
import threading
import tracemalloc
import weakref
from collections import Counter

import pytest

import svcerrors
from library.programs import run
from svcerrors import _storm, capture_errors, capture_exception
from svcerrors._errors import UsageError
from svcerrors._outbox import release, release_all, storm
from svcerrors._storm import RATE_LIMIT
from svcerrors.integrations.wsgi import Middleware

quiet = capture_errors(reraise=False)


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Time that stands still unless it is moved."""

    class Clock:
        now = 1_000.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(_storm, "time", clock)
    storm.forget()
    yield clock
    storm.forget()


@quiet
def fail(number=0):
    raise ValueError(f"number {number}")


@quiet
def fail_otherwise():
    raise KeyError("k")


def occurrences(lines):
    return [line["svcerrors"]["occurrences"] for line in lines]


def test_what_is_over_the_limit_is_one_full_record(written, clock):
    """Written before the next line, with an id of its own, and the words of the first that was held back."""
    for number in range(100):
        fail(number)
    before = written()
    clock.now += 1
    fail_otherwise()
    held, other = written()
    assert occurrences(before) == [1] * RATE_LIMIT
    assert (other["svcerrors"]["error_type"], other["svcerrors"]["occurrences"]) == ("KeyError", 1)
    assert held["svcerrors"]["occurrences"] == 100 - RATE_LIMIT
    assert held["svcerrors"]["error_message"] == f"number {RATE_LIMIT}"
    assert held["svcerrors"]["fingerprint"] == before[0]["svcerrors"]["fingerprint"]
    assert held["stack_trace"].endswith(f"ValueError: number {RATE_LIMIT}")
    assert held["svcerrors"]["error_id"] not in {line["svcerrors"]["error_id"] for line in before}


def test_a_capture_is_told_the_id_that_it_is_counted_under(written):
    """Also for what is held back, and once on its way out."""
    for _ in range(RATE_LIMIT):
        fail()
    with capture_errors(reraise=False) as first:
        raise_one()
    with capture_errors(reraise=False) as second:
        capture_errors(raise_one)()
    for _ in range(RATE_LIMIT):
        with capture_errors(reraise=False) as last:
            raise_one()
    with capture_errors(reraise=False) as again:
        raise_one()
    written()
    release_all()
    [held] = written()
    assert first.error_id != second.error_id
    assert last.error_id == again.error_id == held["svcerrors"]["error_id"]


def raise_one():
    raise LookupError("one")


def test_a_new_window_writes_again(written, clock):
    """What was held back comes first."""
    for _ in range(3):
        for _ in range(RATE_LIMIT + 5):
            fail()
        clock.now += 1
    release()
    assert occurrences(written()) == ([1] * RATE_LIMIT + [5]) * 3


def test_each_fingerprint_has_its_own_limit(written):
    """A storm of one hides no other; neither does another severity of the same."""
    for _ in range(50):
        fail()
    fail_otherwise()
    capture_errors(severity="CRITICAL", reraise=False)(raise_one)()
    told = Counter(line["svcerrors"]["error_type"] for line in written())
    assert told == {"ValueError": RATE_LIMIT, "KeyError": 1, "LookupError": 1}


def test_errors_without_a_place_are_told_apart_by_their_words(written):
    """Of which the numbers do not count."""
    for number in range(30):
        capture_exception(ValueError(f"number {number}"))
        capture_exception(ValueError("other"))
    release_all()
    told = Counter()
    for line in written():
        told[line["svcerrors"]["fingerprint"]] += line["svcerrors"]["occurrences"]
    assert sorted(told.values()) == [30, 30]


@pytest.mark.parametrize(("limit", "lines"), [(None, 50), (1, 2), (20, 21)])
def test_the_limit_is_set_by_init(limit, lines, written):
    """None is no limit."""
    svcerrors.init(rate_limit=limit)
    for _ in range(50):
        fail()
    release_all()
    told = occurrences(written())
    assert (len(told), sum(told)) == (lines, 50)


@pytest.mark.parametrize("limit", [0, -1, 1.5, "10", True])
def test_a_bad_limit_is_refused(limit):
    """The message names it."""
    with pytest.raises(UsageError, match=r"^rate_limit must be"):
        svcerrors.init(rate_limit=limit)


def test_a_storm_in_threads_is_counted_exactly(written):
    """In constant memory."""

    def work():
        for number in range(5_000):
            fail(number)

    fail()
    tracemalloc.start()
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    release_all()
    told = occurrences(written())
    assert (len(told), sum(told)) == (RATE_LIMIT + 1, 20_001)
    assert kept < 1_000_000


def test_thousands_of_fingerprints_are_bounded(written):
    """What is remembered of them, and what waits."""
    for number in range(5 * _storm.KNOWN):
        capture_exception(ValueError(), fingerprint=str(number))
    assert len(storm._buckets) <= _storm.KNOWN
    assert len(written()) == 5 * _storm.KNOWN


STORM = """
import os, sys, svcerrors
svcerrors.init()
@svcerrors.capture_errors(reraise=False)
def fail():
    raise ValueError
def storm(times):
    for _ in range(times):
        fail()
storm(1000)
"""
PROCESS = """
import multiprocessing
child = multiprocessing.get_context("fork").Process(target=storm, args=(500,))
child.start(); child.join()
"""


@pytest.mark.parametrize(
    ("end", "total"),
    [
        ("", 1_000),
        ("raise KeyError", 1_001),
        ("sys.exit(3)", 1_000),
        ("import atexit; atexit.register(storm, 500)", 1_500),
        ("import threading; threading.Thread(target=storm, args=(500,)).start()", 1_500),
        ("if os.fork() == 0: storm(500)\nelse: os.wait()", 1_500),
        (PROCESS, 1_500),
        ("import signal; svcerrors.init(sigterm=True); os.kill(os.getpid(), signal.SIGTERM)", 1_000),
    ],
)
def test_at_the_end_of_the_program_nothing_is_missing(end, total):
    """However it ends, but for a kill; a forked child counts its own."""
    told = occurrences(run(STORM + end).records)
    assert (sum(told), max(told) > 400) == (total, True)


MILLION = """
import resource, sys, svcerrors
svcerrors.init()
@svcerrors.capture_errors(reraise=False)
def fail():
    raise ValueError
def storm(times):
    for _ in range(times):
        fail()
storm(10_000)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
storm(990_000)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, file=sys.stderr)
"""


@pytest.mark.timeout(600)
def test_a_million_errors_are_counted_exactly_in_constant_memory():
    """To the last one, and what they cost in memory does not grow with them."""
    ended = run(MILLION, timeout=550)  # ten seconds of work
    assert sum(occurrences(ended.records)) == 1_000_000
    assert int(ended.stderr) < 1_024  # kibibytes


def test_nothing_of_the_program_is_kept():
    """What is held back is text: no exception, no frame, no label's object."""

    class Thing:
        pass

    @quiet
    def work(kept):
        thing = Thing()
        kept.append(weakref.ref(thing))
        capture_exception(ValueError(), thing=thing)
        raise ValueError(thing)

    kept = []
    gc.disable()
    try:
        for _ in range(3 * RATE_LIMIT):
            work(kept)
        assert [ref() for ref in kept] == [None] * len(kept)
    finally:
        gc.enable()


@capture_errors
def fine():
    return 1


@capture_errors
async def fine_task():
    return 1


@capture_errors
def numbers():
    yield 1


@capture_errors
async def fine_numbers():
    yield 1


async def all_of(source):
    return [number async for number in source]


def block():
    with capture_errors():
        pass


@pytest.mark.parametrize(
    "call",
    [
        fine,
        lambda: asyncio.run(fine_task()),
        lambda: list(numbers()),
        lambda: asyncio.run(all_of(fine_numbers())),
        block,
        lambda: Middleware(lambda _environ, _start: [])({}, None),
    ],
)
def test_a_call_that_goes_well_writes_what_waits(call, written, clock):
    """Once its window has passed: a service that is called again needs no second error."""
    for _ in range(RATE_LIMIT + 7):
        fail()
    call()
    before = written()
    clock.now += 1
    call()
    assert len(before) == RATE_LIMIT
    assert occurrences(written()) == [7]
