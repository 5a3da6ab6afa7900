"""What structlog logs as an error is a record, with the processor anywhere in a program's own chain."""

import pytest
import structlog

import svcerrors
from svcerrors import processors, testing


@pytest.fixture
def logger():
    """Return a logger whose output goes nowhere; what it would print is what its chain returned."""
    chain = [structlog.contextvars.merge_contextvars, processors.record_errors, structlog.processors.JSONRenderer()]
    return structlog.wrap_logger(structlog.testing.CapturingLogger(), processors=chain)


class Broken(Exception):
    pass


BROKEN = f"{__name__}.Broken"


def rows(errors):
    return [(one["error_type"], one["error_message"], one["mechanism"], one.get("labels")) for one in errors]


def test_an_error_with_an_exception_is_its_record(logger):
    """Where it is handled, and elsewhere as an exception or as sys.exc_info() has it."""
    seen = []
    with testing.captured_errors() as errors:
        for how in ("error", "exception", "critical"):
            try:
                raise Broken(how)
            except Broken as exc:
                getattr(logger, how)("failed", home=1)
                seen.append(exc)
        for exc in seen:
            logger.error("again", exc_info=exc)
        logger.error("failed", exc_info=Broken("given"), home=1)
        logger.error("failed", exc_info=(Broken, Broken("triple"), None), home=1)
    told = ["error", "exception", "critical", "given", "triple"]
    assert rows(errors) == [(BROKEN, how, "structlog", {"home": 1, "log_message": "failed"}) for how in told]


def test_an_error_without_one_is_a_logged_error_of_its_place(logger):
    with testing.captured_errors() as errors:
        logger.error("could not load", game="home")
    assert rows(errors) == [("LoggedError", "could not load", "structlog", {"game": "home"})]
    assert errors[0]["culprit"].endswith("in test_an_error_without_one_is_a_logged_error_of_its_place")


def test_what_is_no_error_is_none(logger):
    """Neither a lower level, nor a warning that is logged as an error."""
    with testing.captured_errors() as errors:
        logger.info("fine")
        logger.warning("slow", exc_info=Broken())
        logger.error("old", exc_info=DeprecationWarning("old"))
    assert errors == []


def test_what_was_recorded_is_not_recorded_again(logger):
    @svcerrors.capture_errors
    def work():
        raise Broken

    with testing.captured_errors() as errors:
        try:
            work()
        except Broken:
            logger.exception("failed")
    assert [one["mechanism"] for one in errors] == ["decorator"]


def test_the_event_goes_on_as_it_came():
    """The very same object, nothing added; an event that cannot be read costs nothing but its record."""

    class Hostile(dict):
        def get(self, *_):
            raise SystemExit(3)

    event = Hostile(event="x")
    with testing.captured_errors() as errors:
        assert processors.record_errors(None, "error", event) is event
    assert (errors, event) == ([], {"event": "x"})


def test_what_is_logged_later_in_an_except_clause_is_an_error_of_its_own(logger):
    """Unless it passes the exception that has its record, or holds its message among its values."""
    with testing.captured_errors() as errors:
        try:
            raise Broken("no bucket")
        except Broken as exc:
            logger.error("load failed, falling back")
            logger.critical("fallback is missing", home=1)
            logger.exception("giving up")
            logger.error("giving up", exc_info=exc)
            logger.error("giving up", cause=exc)
            logger.error("giving up", cause=str(exc))
    assert rows(errors) == [
        (BROKEN, "no bucket", "structlog", {"log_message": "load failed, falling back"}),
        ("LoggedError", "fallback is missing", "structlog", {"home": 1}),
    ]
