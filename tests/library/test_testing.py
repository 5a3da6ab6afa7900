"""A program's own tests see what it would have written."""

import threading

import pytest

import svcerrors
from svcerrors import testing


def test_errors_are_collected_and_not_written(written):
    """Of every thread, also more than a storm would write; after the block, lines are written again."""
    svcerrors.init(rate_limit=1)

    def fail():
        svcerrors.capture_exception(LookupError("home"), game_date="2026-01-25")

    with testing.captured_errors() as errors:
        for _ in range(3):
            fail()
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
        before = written()
    fail()
    assert (before, len(written())) == ([], 1)
    assert [(one["error_type"], one["labels"]) for one in errors] == [("LookupError", {"game_date": "2026-01-25"})] * 4


def test_runs_are_collected_beside_errors():
    """Each block collects its own kind, and leaves the other to whatever is around it."""
    with testing.captured_errors() as errors, testing.captured_runs() as runs:
        with svcerrors.track_run("nightly") as run:
            svcerrors.capture_exception(LookupError())
            run.rows = 3
        svcerrors.heartbeat("nightly")
    assert [one["status"] for one in runs] == ["started", "partial", "succeeded"]
    assert [one["error_id"] for one in errors] == [runs[1]["error_id"]]


def test_a_block_that_fails_collects_no_more(written):
    with pytest.raises(KeyError), testing.captured_errors():
        raise KeyError
    svcerrors.capture_exception(LookupError())
    assert len(written()) == 1
