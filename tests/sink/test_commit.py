"""svcerrors.sink.commit: what queues during a write goes into the next, and each request learns its own fate."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.entries import entry, push
from svcerrors._errors import SinkFull, SinkStopping, WarehouseUnavailable
from svcerrors.sink import receive
from svcerrors.sink.commit import GroupCommit
from svcerrors.sink.delivery import Delivery
from svcerrors.sink.receive import Receiver
from svcerrors.sink.request import Incoming
from svcerrors.sink.settings import Settings
from svcerrors.sink.storing import Row
from svcerrors.sink.waiting import MAX_BYTES, MAX_ROWS


def rows(*names, size=1):
    return [Row("service_errors", {"error_id": name}, Delivery(b""), size) for name in names]


class Gate:
    """A store that holds each write until it is opened, and keeps what it was given."""

    def __init__(self, key="error_id"):
        self.open, self.entered, self.batches, self._key = threading.Event(), threading.Semaphore(0), [], key

    def __call__(self, given):
        names = [row.columns[self._key] for row in given]
        self.batches.append(names)
        self.entered.release()
        assert self.open.wait(20)
        return [WarehouseUnavailable("it is bad") if name == "bad" else None for name in names]


@pytest.fixture
def gate():
    made = Gate()
    yield made
    made.open.set()


def test_what_queues_during_a_write_goes_into_the_next(gate):
    """The first is written at once and alone; all that came meanwhile go together."""
    commit = GroupCommit(gate, writers=1)
    first = commit.submit(rows("a"))
    gate.entered.acquire()
    rest = [commit.submit(rows(name)) for name in "bcdef"]
    gate.open.set()

    assert [ticket.result(5) for ticket in (first, *rest)] == [None] * 6
    assert gate.batches == [["a"], list("bcdef")]


@pytest.mark.parametrize(
    ("jobs", "sizes"),
    [
        ([rows(*["r"] * 300)] * 3, [300, 300, 300]),
        ([rows(*["r"] * (MAX_ROWS // 5))] * 6, [MAX_ROWS, 100]),
        ([rows("r", size=MAX_BYTES // 2)] * 5, [2, 2, 1]),
        ([rows(*["r"] * 1_200), rows("r")], [1_200, 1]),
    ],
    ids=["rows", "just as many", "bytes", "one that is larger"],
)
def test_a_write_is_bounded(gate, jobs, sizes):
    """At most 500 rows and 8 MB, but no request is torn apart."""
    commit = GroupCommit(gate, writers=1)
    commit.submit(rows("first"))
    gate.entered.acquire()
    tickets = [commit.submit(job) for job in jobs]
    gate.open.set()
    for ticket in tickets:
        ticket.result(5)

    assert [len(batch) for batch in gate.batches[1:]] == sizes


def test_each_request_learns_its_own_fate(gate):
    """One row that is not stored is no news for the others of its write."""
    commit = GroupCommit(gate, writers=1)
    commit.submit(rows("first"))
    gate.entered.acquire()
    good, bad, mixed = (commit.submit(rows(*names)) for names in (["a"], ["bad"], ["b", "bad", "c"]))
    gate.open.set()

    assert good.result(5) is None
    assert [type(ticket.exception(5)) for ticket in (bad, mixed)] == [WarehouseUnavailable] * 2
    assert len(gate.batches) == 2


def test_a_full_queue_refuses_at_once(gate):
    """No waiting: whoever delivers is to slow down."""
    commit = GroupCommit(gate, writers=1, queue_rows=3)
    commit.submit(rows("a"))
    gate.entered.acquire()
    kept = [commit.submit(rows("b")), commit.submit(rows("c", "d"))]

    with pytest.raises(SinkFull):
        commit.submit(rows("e"))
    gate.open.set()
    assert [ticket.result(5) for ticket in kept] == [None, None]
    assert commit.submit(rows("f")).result(5) is None


def test_a_request_is_answered_429_at_once_when_the_queue_is_full(tmp_path, gate):
    """While one is written and one waits, a third is not kept waiting; Pub/Sub slows down."""
    receiver = Receiver(Settings(f"duckdb:{tmp_path}/w"))
    gate._key = "service_name"
    receiver.commit = GroupCommit(gate, writers=1, queue_rows=1)
    incoming = Incoming("POST", "/", {}, push(entry()), 1)
    first = receiver.begin(incoming)
    gate.entered.acquire()
    second = receiver.begin(incoming)

    began = time.monotonic()
    assert receiver.begin(incoming).status == 429
    assert time.monotonic() - began < 1
    gate.open.set()
    assert [receiver.finish(first).status, receiver.finish(second).status] == [204, 204]


def test_what_is_withdrawn_is_never_written(gate):
    """It can be taken back until its write begins, and not after."""
    commit = GroupCommit(gate, writers=1)
    written = commit.submit(rows("a"))
    gate.entered.acquire()
    waiting = commit.submit(rows("b"))

    assert (commit.withdraw(waiting), commit.withdraw(written)) == (True, False)
    gate.open.set()
    assert commit.submit(rows("c")).result(5) is None
    assert gate.batches == [["a"], ["c"]]


def test_a_drain_writes_what_waits_and_refuses_the_rest(gate):
    """Nothing that was taken is dropped, nothing more is taken."""
    commit = GroupCommit(gate, writers=1)
    first = commit.submit(rows("a"))
    gate.entered.acquire()
    second = commit.submit(rows("b"))
    with ThreadPoolExecutor(1) as pool:
        drained = pool.submit(commit.drain, 20)
        while not commit._stopping:
            time.sleep(0.001)
        with pytest.raises(SinkStopping):
            commit.submit(rows("c"))
        gate.open.set()

        assert drained.result(5)
    assert (first.result(0), second.result(0)) == (None, None)


def test_what_the_grace_period_does_not_suffice_for_is_not_written_later(gate):
    """Its requests are told so, and it comes again."""
    commit = GroupCommit(gate, writers=1)
    first = commit.submit(rows("a"))
    gate.entered.acquire()
    second = commit.submit(rows("b"))

    assert commit.drain(0.05) is False
    gate.open.set()
    assert (first.result(5), second.cancelled()) == (None, True)
    assert gate.batches == [["a"]]


def test_a_bug_in_a_write_hits_that_write_alone():
    """Those who wait are told, and the writer lives on."""
    outcomes = iter([ZeroDivisionError("bug"), None])

    def store(given):
        if outcome := next(outcomes):
            raise outcome
        return [None for _ in given]

    commit = GroupCommit(store, writers=1)

    assert isinstance(commit.submit(rows("a")).exception(5), ZeroDivisionError)
    assert commit.submit(rows("b")).result(5) is None


def test_it_leaves_the_threads_of_its_process_alone(gate):
    """At a shorter switch interval than Python's, 250 threads that want the interpreter do little but wake up."""
    before = sys.getswitchinterval()
    GroupCommit(gate)

    assert sys.getswitchinterval() == before


FORKS = """
import os
from svcerrors.sink.commit import GroupCommit
from svcerrors.sink.delivery import Delivery
from svcerrors.sink.storing import Row

commit = GroupCommit(lambda rows: [None for _ in rows])
rows = [Row("service_errors", {}, Delivery(b""), 1)]
commit.submit(rows).result(5)
child = os.fork()
commit.submit(rows).result(5)
if not child:
    os._exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_forked_child_has_writers_of_its_own():
    """A thread does not survive a fork; a worker that is forked later starts its own."""
    done = subprocess.run([sys.executable, "-c", FORKS], capture_output=True, text=True, timeout=30, check=False)

    assert (done.stdout.strip(), done.stderr) == ("7", "")


def test_no_answer_comes_before_its_write_has_ended(tmp_path, monkeypatch):
    """Who waited too long for a writer is never written; who is being written is not answered before."""
    monkeypatch.setattr(receive, "QUEUE_SECONDS", 0.05)
    receiver, gate = Receiver(Settings(f"duckdb:{tmp_path}/w")), Gate("service_name")
    receiver.commit = GroupCommit(gate, writers=1)
    bodies = [push(entry(service=name)) for name in ("in flight", "waiting")]
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(receiver.answer, Incoming("POST", "/", {}, bodies[0], 1))
        gate.entered.acquire()
        late = receiver.answer(Incoming("POST", "/", {}, bodies[1], 1))

        assert (late.status, first.done()) == (503, False)
        gate.open.set()
        assert first.result(5).status == 204
    assert receiver.commit.drain(5)
    assert gate.batches == [["in flight"]]
