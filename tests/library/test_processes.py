"""Children of multiprocessing, in real processes: forked, spawned, and forked by a server."""

import multiprocessing
import threading

import pytest

import svcerrors
from library.programs import run_file

FAILING = """
import multiprocessing, sys, svcerrors

def work(kind):
    if kind == "exit":
        raise SystemExit(3)
    raise kind("in a child")

class Own(multiprocessing.get_context(sys.argv[1]).Process):
    def run(self):
        raise ValueError("in its own run")

if __name__ == "__main__":
    svcerrors.init("orders", exits=True)
    context = multiprocessing.get_context(sys.argv[1])
    children = [context.Process(target=work, args=(kind,)) for kind in (ValueError, KeyboardInterrupt, "exit")]
    children.append(Own())
    children.append(context.Process(target=print, args=("fine",)))
    for child in children:
        child.start()
        assert "run" not in vars(child)
        child.join()
    print([child.exitcode for child in children])
"""


def told(ended):
    return sorted(
        (line["svcerrors"]["mechanism"], line["svcerrors"]["error_type"], line["svcerrors"]["error_message"])
        for line in ended.records
    )


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_what_ends_a_child_is_recorded(method, tmp_path):
    """However it is started, whether it has a target or a run of its own; its exit code stays."""
    ended = run_file(tmp_path, FAILING, method)
    assert told(ended) == [
        ("multiprocessing", "SystemExit", "3"),
        ("multiprocessing", "ValueError", "in a child"),
        ("multiprocessing", "ValueError", "in its own run"),
    ]
    assert {line["serviceContext"]["service"] for line in ended.records} == {"orders"}
    assert {line["svcerrors"]["handled"] for line in ended.records} == {False}
    assert b"fine\n[1, 1, 3, 1, 0]\n" in ended.stdout
    assert ended.stderr.count("ValueError: in a child") == 1


THREAD_IN_CHILD = """
import multiprocessing, threading, svcerrors

def work():
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()

if __name__ == "__main__":
    svcerrors.init("orders")
    child = multiprocessing.get_context("spawn").Process(target=work)
    child.start()
    child.join()
    print(child.exitcode)
"""


def test_a_spawned_child_has_every_hook(tmp_path):
    """It starts with what the parent gave to init."""
    ended = run_file(tmp_path, THREAD_IN_CHILD)
    assert told(ended) == [("threading", "ZeroDivisionError", "division by zero")]
    assert ended.records[0]["serviceContext"] == {"service": "orders"}
    assert ended.stdout.endswith(b"0\n")


POOLS = """
import concurrent.futures, multiprocessing, sys, svcerrors

def work(n):
    if n:
        raise ValueError(f"number {n}")
    return n

if __name__ == "__main__":
    svcerrors.init("orders", futures=True)
    with concurrent.futures.ThreadPoolExecutor() as threads:
        unread = threads.submit(work, 1)
        read = threads.submit(work, 2)
        try:
            read.result()
        except ValueError as exc:
            svcerrors.capture_exception(exc)
        print(list(threads.map(work, [0, 0])))
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as processes:
        try:
            processes.submit(work, 3).result()
        except ValueError as exc:
            svcerrors.capture_exception(exc)
"""


def test_what_is_submitted_is_recorded_where_it_fails(tmp_path):
    """Whether the result is read or not, and once if it is; whether the program goes on, nobody knows."""
    ended = run_file(tmp_path, POOLS)
    assert told(ended) == [
        ("multiprocessing", "ValueError", "number 3"),
        ("threading", "ValueError", "number 1"),
        ("threading", "ValueError", "number 2"),
    ]
    assert ["handled" in line["svcerrors"] for line in ended.records] == [False] * 3
    assert {line["svcerrors"]["culprit"] for line in ended.records} == {"program.py:6 in work"}
    assert b"[0, 0]" in ended.stdout


MULTIPROCESSING_POOLS = """
import multiprocessing, multiprocessing.pool, sys, svcerrors

def work(n):
    if n:
        raise ValueError(f"number {n}")
    return n

if __name__ == "__main__":
    svcerrors.init("orders", futures=True)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pool.apply_async(work, (1,)).wait()
        pool.apply_async(func=work, args=(2,)).wait()
        try:
            pool.map(work, [3])
        except ValueError as exc:
            svcerrors.capture_exception(exc)
        pool.starmap_async(work, [(4,)]).wait()
        for imap in pool.imap, pool.imap_unordered:
            try:
                list(imap(work, [5]))
            except ValueError:
                pass
        print(pool.map(work, [0, 0]))
    with multiprocessing.pool.ThreadPool(1) as pool:
        pool.apply_async(work, (6,)).wait()
"""


def test_what_a_pool_is_given_is_recorded_where_it_fails(tmp_path):
    """By whatever method it is given; a pool of threads is one too."""
    ended = run_file(tmp_path, MULTIPROCESSING_POOLS)
    numbers = [("multiprocessing", number) for number in (1, 2, 3, 4, 5, 5)] + [("threading", 6)]
    assert told(ended) == [(mechanism, "ValueError", f"number {number}") for mechanism, number in numbers]
    assert b"[0, 0]" in ended.stdout


IMPORTED_BEFORE = """
import concurrent.futures.process, concurrent.futures.thread, svcerrors

def work():
    raise ValueError("in a pool")

if __name__ == "__main__":
    svcerrors.init("orders", futures=True)
    for pool in concurrent.futures.ThreadPoolExecutor(1), concurrent.futures.ProcessPoolExecutor(1):
        with pool:
            pool.submit(work).exception()
"""


def test_executors_that_are_imported_already_are_watched(tmp_path):
    """All of them, though what watches them is imported while it is put in place."""
    ended = run_file(tmp_path, IMPORTED_BEFORE)
    assert {mechanism for mechanism, *_ in told(ended)} == {"threading", "multiprocessing"}


def test_uninstall_restores_processes():
    """The methods are those that were there."""
    import concurrent.futures  # noqa: PLC0415  # as a host would: before init

    owners = (
        (multiprocessing.process.BaseProcess, "start"),
        (threading.Thread, "start"),
        (concurrent.futures.ThreadPoolExecutor, "submit"),
        (concurrent.futures.ProcessPoolExecutor, "submit"),
    )
    before = [vars(owner)[name] for owner, name in owners]
    svcerrors.init(futures=True)
    assert all(vars(owner)[name] is not former for (owner, name), former in zip(owners, before, strict=True))
    svcerrors.uninstall()
    assert [vars(owner)[name] for owner, name in owners] == before
