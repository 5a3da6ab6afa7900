"""Runs: a line when one begins, and one that says how it ended, and `succeeded` only where it did."""

import asyncio
import contextlib
import contextvars
import gc
import logging
import os
import signal
import subprocess
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

import svcerrors
from library.programs import CLEAN, records, run, run_file
from svcerrors._errors import UsageError


class NoGames(Exception):
    pass


def swallowed(name="home"):
    """An error that someone records and lets be."""
    try:
        return {}[name]
    except KeyError:
        return svcerrors.capture_exception()


def runs(payloads):
    """Return name and status of each line about a run."""
    own = [payload["svcerrors"] for payload in payloads]
    return [(one["run_name"], one["status"]) for one in own if one["kind"] == "run"]


def last(payloads, name):
    return [one for payload in payloads if (one := payload["svcerrors"]).get("run_name") == name][-1]


def test_a_run_is_two_lines(written):
    """The same id and key on both; the second has how long it took, and what it was told."""
    with svcerrors.track_run("nightly", key="2026-01-25", labels={"phase": 3, "day": 7}) as tracked:
        tracked.rows = 812
    started, ended = written()
    assert (started["severity"], started["message"]) == ("INFO", "run nightly 2026-01-25 started")
    assert (ended["severity"], ended["message"]) == ("INFO", "run nightly 2026-01-25 succeeded: 812 rows")
    own = ended["svcerrors"]
    assert own.pop("duration_ms") >= 0
    assert own.pop("row_count") == 812
    assert own == started["svcerrors"] | {"status": "succeeded"}
    assert own == {
        "schema_version": 1,
        "kind": "run",
        "run_id": tracked.run_id,
        "run_name": "nightly",
        "run_key": "2026-01-25",
        "status": "succeeded",
        "evidence": "reported",
        "phase": "3",
        "labels": {"day": 7},
    }


@pytest.mark.parametrize(
    ("say", "status", "severity", "reason"),
    [
        (lambda run: run.no_data("no games"), "no_data", "INFO", "no games"),
        (lambda run: run.no_data(), "no_data", "INFO", None),
        (lambda run: run.skip("not in season"), "skipped", "INFO", "not in season"),
        (lambda run: run.fail("blocked: coverage 71 %"), "failed", "ERROR", "blocked: coverage 71 %"),
        (lambda run: (run.fail("blocked"), run.no_data("none")), "failed", "ERROR", "blocked"),
        (lambda run: (run.skip("a"), run.no_data("b")), "no_data", "INFO", "b"),
        (lambda run: run.fail("postgres://u:hunter2@db"), "failed", "ERROR", "postgres://[redacted]@db"),
    ],
)
def test_a_run_is_what_it_says(written, say, status, severity, reason):
    """What is said last holds, but nothing takes a failure back; a secret stays one."""
    with svcerrors.track_run("nightly") as tracked:
        say(tracked)
    ended = written()[-1]
    assert (ended["svcerrors"]["status"], ended["severity"]) == (status, severity)
    assert ended["svcerrors"].get("reason") == reason


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (LookupError("no weight"), "failed"),
        (TimeoutError("no weight"), "timed_out"),
        (ExceptionGroup("one", [TimeoutError("no weight")]), "timed_out"),
        (type("NoDataError", (Exception,), {"__module__": "builtins"})("no weight"), "no_data"),
    ],
)
def test_an_exception_ends_a_run_and_goes_on(written, error, status):
    """The very same; the run has its error_id, and is what the rules say of the error."""
    with pytest.raises(type(error)) as caught, svcerrors.track_run("nightly"):
        raise error
    _, line, ended = written()
    assert caught.value is error
    assert (line["svcerrors"]["mechanism"], line["svcerrors"]["handled"]) == ("context_manager", False)
    assert ended["svcerrors"]["error_id"] == line["svcerrors"]["error_id"]
    assert ended["svcerrors"]["reason"] == f"{line['svcerrors']['error_type']}: no weight"
    assert ended["svcerrors"]["status"] == status


@pytest.mark.parametrize("ending", [KeyboardInterrupt(), asyncio.CancelledError(), SystemExit(3), SystemExit("no")])
def test_what_ends_a_program_or_a_task_ends_its_run(written, ending):
    """It is no error, and the run has not succeeded."""
    with pytest.raises(type(ending)) as caught, svcerrors.track_run("nightly"):
        raise ending
    assert caught.value is ending
    assert runs(written()) == [("nightly", "started"), ("nightly", "failed")]


@pytest.mark.parametrize("code", [None, 0])
def test_an_exit_that_went_well_ends_no_run_badly(written, code):
    with pytest.raises(SystemExit), svcerrors.track_run("nightly"):
        raise SystemExit(code)
    assert runs(written())[-1] == ("nightly", "succeeded")


@pytest.mark.parametrize("say", ["no_data", "skip", None])
def test_a_swallowed_error_makes_a_run_partial(written, say):
    """Whatever it says of itself: to find no data because the source was down is no `no_data`."""
    with svcerrors.track_run("nightly") as tracked:
        error_id = swallowed()
        if say:
            getattr(tracked, say)("nothing there")
    ended = last(written(), "nightly")
    assert (ended["status"], ended["error_id"]) == ("partial", error_id)


def test_an_error_that_is_logged_makes_a_run_partial(written):
    """Also one without an exception; a warning does not."""
    svcerrors.init(logging="WARNING")
    logger = logging.getLogger("nightly")
    for log in (logger.error, logger.warning):
        with svcerrors.track_run(log.__name__):
            try:
                raise LookupError(log.__name__)
            except LookupError:
                log("could not load %s", "home", exc_info=True)
    with svcerrors.track_run("plain"):
        logger.error("could not load")
    ended = [one for one in runs(written()) if one[1] != "started"]
    assert ended == [("error", "partial"), ("warning", "succeeded"), ("plain", "partial")]


def test_an_expected_error_is_none(written):
    """Whether an option or the rules call it so."""
    fetch = svcerrors.capture_errors(expected=(NoGames,), reraise=False)(lambda: (_ for _ in ()).throw(NoGames("none")))
    with svcerrors.track_run("nightly"):
        fetch()
        svcerrors.capture_exception(LookupError(), category="no_data_available")
        svcerrors.capture_exception(LookupError("slow"), severity="WARNING")
    assert last(written(), "nightly")["status"] == "succeeded"


def test_an_error_that_is_seen_again_or_held_back_counts(written):
    """One that was recorded before the run began, and one of a storm: no line of its own, an error all the same."""
    svcerrors.init(rate_limit=1)
    known = KeyError("home")
    svcerrors.capture_exception(known)
    with svcerrors.track_run("again"):
        svcerrors.capture_exception(known)
    swallowed()
    with svcerrors.track_run("storm"):
        assert swallowed() == swallowed()
    ended = [one for one in runs(written()) if one[1] != "started"]
    assert ended == [("again", "partial"), ("storm", "partial")]


def test_runs_in_runs_do_not_mix(written):
    """A swallowed failure of the inner one makes the outer one partial; what the inner one says is its own."""
    with svcerrors.track_run("outer") as outer:
        with svcerrors.track_run("first") as first:
            assert svcerrors.current_run() is first
            first.no_data("none")
            first.rows = 3
        assert svcerrors.current_run() is outer
        with contextlib.suppress(LookupError), svcerrors.track_run("second"):
            raise LookupError
    payloads = written()
    ended = {name: last(payloads, name) for name in ("first", "second", "outer")}
    assert {name: one["status"] for name, one in ended.items()} == {
        "first": "no_data",
        "second": "failed",
        "outer": "partial",
    }
    assert "row_count" not in ended["outer"]
    assert ended["outer"]["error_id"] == ended["second"]["error_id"]


def test_runs_of_tasks_do_not_mix(written):
    """Each has its own errors; what a task does that a run started is that run's."""

    async def one(number):
        with svcerrors.track_run(f"run-{number}"):
            await asyncio.sleep(0)
            if number % 2:
                await asyncio.gather(asyncio.create_task(later()))
            await asyncio.sleep(0)

    async def later():
        await asyncio.sleep(0)
        swallowed()

    async def main():
        await asyncio.gather(*map(one, range(6)))

    asyncio.run(main())
    payloads = written()
    found = [last(payloads, f"run-{number}")["status"] for number in range(6)]
    assert found == ["succeeded", "partial"] * 3


def test_a_task_that_outlives_its_run_changes_it_no_more(written):
    async def main():
        began = asyncio.Event()

        async def later():
            await began.wait()
            swallowed()
            return svcerrors.current_run().name

        with svcerrors.track_run("first"):
            task = asyncio.create_task(later())
        with svcerrors.track_run("second"):
            began.set()
            assert await task == ""

    asyncio.run(main())
    assert [status for _, status in runs(written())] == ["started", "succeeded", "started", "succeeded"]


def test_runs_of_threads_do_not_mix(written):
    """A thread knows the runs that it opened, and those that it was started in."""
    gate = threading.Barrier(2)

    def one(number):
        with svcerrors.track_run(f"run-{number}"):
            gate.wait()
            if number:
                swallowed()
            gate.wait()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, range(2)))
    payloads = written()
    found = {name: last(payloads, name)["status"] for name in ("run-0", "run-1")}
    assert found == {"run-0": "succeeded", "run-1": "partial"}


def in_copy():
    return {"target": contextvars.copy_context().run, "args": (swallowed,)}


@pytest.mark.parametrize(
    ("watched", "arguments", "status"),
    [
        (True, lambda: {"target": swallowed}, "partial"),
        pytest.param(
            *(True, lambda: {"target": lambda: 1 / 0}, "partial"),
            marks=pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning"),
        ),
        (True, lambda: {"target": print}, "succeeded"),
        (True, in_copy, "partial"),
        (False, in_copy, "partial"),
        (False, lambda: {"target": swallowed}, "succeeded"),
    ],
)
def test_a_thread_belongs_to_the_runs_that_it_is_started_in(written, watched, arguments, status):
    """Its errors are theirs, caught or not; without `init`, in a copy of their context only."""
    if watched:
        svcerrors.init()
    with svcerrors.track_run("nightly"):
        thread = threading.Thread(**arguments())
        thread.start()
        thread.join()
    assert "run" not in vars(thread)
    assert last(written(), "nightly")["status"] == status


@pytest.mark.parametrize("futures", [True, False])
def test_what_is_submitted_to_an_executor_belongs_to_its_run(written, futures):
    """The thread of the pool, which that run started, then knows nothing of it."""
    svcerrors.init(futures=futures)
    with ThreadPoolExecutor(1) as pool, svcerrors.track_run("outer"):
        with svcerrors.track_run("nightly"):
            pool.submit(swallowed).result()
        assert contextvars.Context().run(pool.submit, lambda: svcerrors.current_run().name).result() == ""
    assert last(written(), "nightly")["status"] == "partial"


def test_what_a_pool_raises_and_nobody_reads_makes_its_run_partial(written):
    """With futures=True, it is recorded where it is raised."""
    svcerrors.init(futures=True)
    with svcerrors.track_run("nightly"), ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: 1 / 0)
    assert last(written(), "nightly")["status"] == "partial"


def rows(*, fails):
    yield svcerrors.current_run().name
    if fails:
        swallowed()
    yield svcerrors.current_run().name


async def later_rows(*, fails):
    yield svcerrors.current_run().name
    await asyncio.sleep(0)
    if fails:
        swallowed()
    yield svcerrors.current_run().name


def tracked_rows(name, *, fails):
    with svcerrors.track_run(name):
        yield from rows(fails=fails)


async def tracked_later_rows(name, *, fails):
    with svcerrors.track_run(name):
        async for row in later_rows(fails=fails):
            yield row


def decorated(function):
    return lambda name, *, fails: svcerrors.capture_errors(run=name)(function)(fails=fails)


async def step(source):
    """Take a generator's next step, in a context of its own, as a server does that iterates in threads."""
    return next(source, None)


@pytest.mark.parametrize(
    ("make", "ask"),
    [
        (tracked_rows, lambda source: asyncio.create_task(step(source))),
        (decorated(rows), lambda source: asyncio.create_task(step(source))),
        (tracked_later_rows, lambda source: anext(source, None)),
        (decorated(later_rows), lambda source: anext(source, None)),
    ],
    ids=["generator", "decorated generator", "asynchronous generator", "decorated asynchronous generator"],
)
def test_a_generator_that_waits_is_not_where_its_caller_is(written, make, ask):
    """The caller's errors are none of its run, its own are; each step may be taken in another context."""

    async def main():
        names = []
        sources = make("first", fails=False), make("second", fails=True)
        with svcerrors.track_run("caller") as caller:
            for source in sources * 3:
                names.append(await ask(source))
                assert svcerrors.current_run() is caller
            swallowed("away")
        return names

    assert asyncio.run(main()) == ["first", "second", "first", "second", None, None]
    payloads = written()
    found = {name: last(payloads, name)["status"] for name in ("first", "second", "caller")}
    assert found == {"first": "succeeded", "second": "partial", "caller": "partial"}


def test_a_generator_that_is_left_early_is_partial(written):
    """Its caller wanted no more of it; it did not run to its end."""

    def rows():
        with svcerrors.track_run("rows"):
            yield 1
            yield 2

    for _ in rows():
        break
    assert last(written(), "rows")["status"] == "partial"


@pytest.mark.parametrize("pause", [0, 0.05])
def test_an_abandoned_asynchronous_generator_is_partial(written, pause):
    """Whether the loop has the time to close it, or ends and cancels that."""

    @svcerrors.capture_errors(run="decorated")
    async def decorated():
        yield 1
        yield 2

    async def tracked():
        with svcerrors.track_run("tracked"):
            yield 1
            yield 2

    async def main():
        assert [await anext(decorated()), await anext(tracked())] == [1, 1]
        if pause:
            await asyncio.sleep(pause)

    asyncio.run(main())
    payloads = written()
    assert [last(payloads, name)["status"] for name in ("decorated", "tracked")] == ["partial", "partial"]


def test_a_cancelled_block_of_an_asynchronous_context_manager_has_failed(written):
    """Its cancellation arrives where the generator waits, and nobody closes that."""

    @contextlib.asynccontextmanager
    async def later():
        with svcerrors.track_run("later"):
            yield

    async def work():
        async with later():
            await asyncio.sleep(20)

    async def main():
        task = asyncio.create_task(work())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(main())
    assert last(written(), "later")["status"] == "failed"


def test_a_context_manager_that_is_made_of_a_run_is_one(written):
    """contextlib makes it of a generator that waits while its block is at work."""

    @contextlib.contextmanager
    def nightly():
        with svcerrors.track_run("nightly") as tracked:
            yield tracked

    @contextlib.asynccontextmanager
    async def later():
        with svcerrors.track_run("later") as tracked:
            yield tracked

    async def main():
        async with later() as tracked:
            assert svcerrors.current_run() is tracked
            swallowed()

    with nightly() as tracked, contextlib.ExitStack() as stack:
        inner = stack.enter_context(svcerrors.track_run("inner"))
        assert svcerrors.current_run() is inner
        swallowed()
    asyncio.run(main())
    payloads = written()
    assert {name: last(payloads, name)["status"] for name in ("nightly", "inner", "later")} == {
        "nightly": "partial",
        "inner": "partial",
        "later": "partial",
    }
    assert tracked.error_id == inner.error_id


def test_each_call_of_a_function_is_a_run(written):
    """What the decorator is told holds for the run too: labels, what is expected, and that the error ends here."""

    @svcerrors.capture_errors(run="load", labels={"phase": "4"}, expected=(NoGames,), reraise=False)
    def load(error=None):
        svcerrors.current_run().rows += 7
        if error:
            raise error
        return "done"

    assert [load(), load(NoGames("none")), load(LookupError())] == ["done", None, None]
    own = [payload["svcerrors"] for payload in written()]
    ended = [one for one in own if one["kind"] == "run" and one["status"] != "started"]
    assert [(one["status"], one["row_count"], one["phase"]) for one in ended] == [
        ("succeeded", 7, "4"),
        ("no_data", 7, "4"),
        ("failed", 7, "4"),
    ]
    errors = [one["error_id"] for one in own if one["kind"] == "error"]
    assert [one.get("error_id") for one in ended] == [None, *errors]


def test_each_call_of_a_coroutine_function_is_a_run(written):
    @svcerrors.capture_errors(run="load")
    async def load(number):
        await asyncio.sleep(0)
        if number:
            raise LookupError
        return number

    async def main():
        return await asyncio.gather(load(0), load(1), return_exceptions=True)

    answers = asyncio.run(main())
    assert (answers[0], type(answers[1])) == (0, LookupError)
    assert sorted(runs(written())) == [
        ("load", "failed"),
        ("load", "started"),
        ("load", "started"),
        ("load", "succeeded"),
    ]


def test_an_ignored_error_ends_a_run_all_the_same(written):
    """It has no record, and the run did not succeed; nor did one that a framework's answer ended."""

    @svcerrors.capture_errors(run="load", ignore=(KeyError,))
    def load():
        raise KeyError("home")

    with pytest.raises(KeyError):
        load()
    payloads = written()
    assert runs(payloads) == [("load", "started"), ("load", "failed")]
    assert last(payloads, "load")["reason"] == "KeyError: 'home'"


@pytest.mark.parametrize("is_told", [False, True])
def test_a_handler_that_answers_a_failure_has_failed(written, is_told):
    """Its run too, also where an error of the same call was recorded already."""
    request = SimpleNamespace(method="POST", headers={}, path="/run")

    @svcerrors.capture_errors(run="load")
    def handler(_request):
        if is_told:
            swallowed()
        return "no", 503

    assert handler(request) == ("no", 503)
    payloads = written()
    error, ended = payloads[1]["svcerrors"], last(payloads, "load")
    assert (ended["status"], ended["reason"]) == ("failed", "answered 503")
    assert ended["error_id"] == error["error_id"]
    assert error["error_type"] == ("KeyError" if is_told else "HttpStatus503")


def test_a_block_of_capture_errors_is_a_run(written):
    """One object may be entered again, in itself and in two threads at once."""
    capture = svcerrors.capture_errors(run="block", reraise=False)
    gate = threading.Barrier(2)

    def one(fails):
        with capture, capture as block:
            gate.wait()
            if fails:
                raise LookupError
        return block

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, [False, True]))
    found = sorted(runs(written()))
    assert (
        found
        == [("block", "failed")] + [("block", "partial")] + [("block", "started")] * 4 + [("block", "succeeded")] * 2
    )


def test_a_heartbeat_is_one_line(written):
    """A run that has succeeded, named after what lives; the service's own name unless given."""
    svcerrors.init("orders")
    svcerrors.heartbeat()
    svcerrors.heartbeat("nightly")
    own = [payload["svcerrors"] for payload in written()]
    assert [(one["kind"], one["run_name"], one["status"]) for one in own] == [
        ("heartbeat", "heartbeat:orders", "succeeded"),
        ("heartbeat", "heartbeat:nightly", "succeeded"),
    ]
    assert own[0]["run_id"] != own[1]["run_id"]


class Hostile:
    """Its code is anyone's: none of it is called."""

    def __str__(self):
        raise ValueError

    __repr__ = __bool__ = __eq__ = __str__
    __hash__ = object.__hash__


@pytest.mark.parametrize(
    "value",
    [Hostile(), 10**5000, float("nan"), b"\xff", {"a": {1: Hostile()}}, "\ud800\n\x00"],
    ids=lambda value: type(value).__name__,
)
def test_nothing_that_a_run_is_told_can_raise(written, value):
    """Whatever it is told, its two lines are written, and say what can be said."""
    with svcerrors.track_run(value, key=value, labels=value) as tracked:
        tracked.rows = value
        tracked.fail(value)
    assert [payload["svcerrors"]["status"] for payload in written()] == ["started", "failed"]


@pytest.mark.parametrize("name", ["", None])
def test_a_run_without_a_name_is_one_all_the_same(written, name):
    """Its rows are found under `unnamed`, and not in quarantine."""
    with svcerrors.track_run(name) as tracked:
        tracked.rows = 3
    svcerrors.heartbeat("")
    own = [payload["svcerrors"] for payload in written()]
    assert [(one["run_name"], one.get("row_count")) for one in own] == [
        ("unnamed", None),
        ("unnamed", 3),
        ("heartbeat:unnamed", None),
    ]


@pytest.mark.parametrize(("rows", "count"), [(7.0, 7), (7.5, None), ("7", None), (1 << 63, None), (0, 0)])
def test_rows_are_a_whole_number_or_nothing(written, rows, count):
    with svcerrors.track_run("nightly") as tracked:
        tracked.rows = rows
    assert written()[-1]["svcerrors"].get("row_count") == count


@pytest.mark.parametrize("value", ["", 7, ["nightly"]])
def test_a_wrong_name_fails_where_the_decorator_stands(value):
    with pytest.raises(UsageError, match=r"^run must be a text"):
        svcerrors.capture_errors(run=value)


def test_outside_of_any_run_what_is_said_goes_nowhere(written):
    svcerrors.current_run().rows = 3
    svcerrors.current_run().fail("no")
    assert written() == []


def tracked(thing):
    with svcerrors.track_run("nightly"):
        raise LookupError(thing)


@svcerrors.capture_errors(run="nightly")
def called(thing):
    raise LookupError(thing)


@svcerrors.capture_errors(run="nightly")
def asked(thing):
    yield thing
    raise LookupError(thing)


@pytest.mark.parametrize("fail", [tracked, called, lambda thing: list(asked(thing))])
def test_nothing_is_kept_of_what_ended_a_run(written, fail):
    """No exception, no frame, no local: without the collector, the thing that all of them hold is gone at once."""

    def work():
        thing = type("Thing", (), {})()
        with contextlib.suppress(LookupError):
            fail(thing)
        return weakref.ref(thing)

    gc.disable()
    try:
        assert work()() is None
    finally:
        gc.enable()
    assert runs(written()) == [("nightly", "started"), ("nightly", "failed")]


def test_a_run_is_reported_with_its_request(written):
    """The trace of the call that it is for, by which an answer of the platform yields to it."""
    headers = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01", "Function-Execution-Id": "k3ikx9bgn1l0"}
    request = SimpleNamespace(method="POST", headers=headers, path="/run")

    @svcerrors.capture_errors
    def handler(_request):
        with svcerrors.track_run("nightly"):
            pass

    handler(request)
    assert [payload["logging.googleapis.com/trace"] for payload in written()] == ["a" * 32] * 2


def test_a_run_that_is_killed_stays_started(tmp_path):
    """Nothing is left to say more: that it began long ago and never ended is what STALLED means."""
    source = """
import sys, time
import svcerrors
with svcerrors.track_run("nightly"):
    print("at work", flush=True)
    time.sleep(60)
"""
    program = tmp_path / "program.py"
    program.write_text(source)
    with subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, env=CLEAN) as process:
        lines = process.stdout.readline()
        assert process.stdout.readline() == b"at work\n"
        os.kill(process.pid, signal.SIGKILL)
        lines += process.stdout.read()
    assert runs(records(lines)) == [("nightly", "started")]


def test_a_forked_child_ends_no_run_of_its_parent():
    """It goes through the end of the block as its parent does, and only the parent's end is one."""
    source = """
import os
import svcerrors
with svcerrors.track_run("nightly"):
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    else:
        svcerrors.capture_exception(LookupError())
        with svcerrors.track_run("own"):
            pass
"""
    ended = run(source)
    assert runs(ended.records) == [
        ("nightly", "started"),
        ("own", "started"),
        ("own", "succeeded"),
        ("nightly", "succeeded"),
    ]


def test_a_process_pool_takes_what_a_run_submits(tmp_path):
    """The run stays where it is; its error comes back, and ends it."""
    source = """
from concurrent.futures import ProcessPoolExecutor
import svcerrors

def fail():
    raise LookupError("home")

if __name__ == "__main__":
    svcerrors.init(futures=True)
    with ProcessPoolExecutor(1) as pool:
        with svcerrors.track_run("nightly"):
            pool.submit(fail).result()
"""
    done = run_file(tmp_path, source)
    errors = [one["svcerrors"] for one in done.records if one["svcerrors"]["kind"] == "error"]
    ended = last(done.records, "nightly")
    assert [error["error_type"] for error in errors] == ["LookupError"]
    assert (ended["status"], ended["error_id"]) == ("failed", errors[0]["error_id"])


def test_a_job_that_exits_inside_a_run_names_the_error_that_led_to_it():
    source = """
import sys
import svcerrors
svcerrors.init()
with svcerrors.track_run("nightly"):
    try:
        {}["home"]
    except KeyError:
        sys.exit(1)
"""
    done = run(source, CLOUD_RUN_JOB="nightly")
    error, ended = (one["svcerrors"] for one in done.records[1:])
    assert done.returncode == 1
    assert (error["error_type"], ended["status"], ended["error_id"]) == ("KeyError", "failed", error["error_id"])
