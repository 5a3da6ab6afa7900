"""The bridge from logging: what any logger says of an error is a line, whoever handles or drops the text."""

import logging
import logging.config
import warnings

import pytest

import svcerrors
from library.programs import run
from svcerrors import capture_errors


class Broken(Exception):
    pass


@pytest.fixture
def bridged():
    svcerrors.init("orders", logging="ERROR")


@pytest.fixture
def logger():
    found = logging.getLogger("library.orders")
    found.propagate = False
    found.addHandler(logging.NullHandler())
    yield found
    found.handlers.clear()
    found.propagate, found.disabled = True, False


def told(lines):
    return [(line["svcerrors"]["error_type"], line["svcerrors"]["error_message"], line["severity"]) for line in lines]


BROKEN = f"{__name__}.Broken"


@pytest.mark.usefixtures("bridged")
def test_what_is_logged_with_an_exception_is_a_record(logger, written):
    """The logger neither propagates nor prints; the line has the exception, and what was said of it."""
    try:
        raise Broken("no")
    except Broken:
        logger.exception("order %s failed", 7)
    [line] = written()
    assert told([line]) == [(BROKEN, "no", "ERROR")]
    assert (line["svcerrors"]["mechanism"], line["svcerrors"]["handled"]) == ("logging", True)
    assert line["svcerrors"]["labels"] == {"logger": "library.orders", "log_message": "order 7 failed"}
    assert line["svcerrors"]["culprit"].endswith("in test_what_is_logged_with_an_exception_is_a_record")


@pytest.mark.usefixtures("bridged")
@pytest.mark.parametrize(
    "say",
    [
        lambda logger, _: logger.error("it failed"),
        lambda logger, exc: logger.error("it failed: %s", exc),
        lambda logger, exc: logger.error(exc),
        lambda logger, exc: logger.critical("it failed", exc_info=exc),
    ],
)
def test_an_error_without_exc_info_takes_the_exception_at_hand(say, logger, written):
    """370 `except Exception` blocks say logger.error(...) and no more."""
    try:
        raise Broken("no")
    except Broken as exc:
        say(logger, exc)
    assert [row[:2] for row in told(written())] == [(BROKEN, "no")]


@pytest.mark.usefixtures("bridged")
def test_an_exception_that_is_named_later_is_taken(logger, written):
    """Results of gather(return_exceptions=True) are logged outside of any except clause."""
    logger.error("one of them failed: %s", Broken("no"))
    assert told(written()) == [(BROKEN, "no", "ERROR")]


@pytest.mark.usefixtures("bridged")
def test_a_plain_error_is_a_record_of_the_place_that_said_it(logger, written):
    """Its words without their numbers make it the same error again; a secret in them is none."""
    for order in (7, 8):
        logger.error("order %d: password=hunter2 refused", order)
    first, second = written()
    assert told([first]) == [("LoggedError", "order 7: password=[redacted] refused", "ERROR")]
    assert first["svcerrors"]["fingerprint"] == second["svcerrors"]["fingerprint"]
    assert first["svcerrors"]["culprit"].endswith("in test_a_plain_error_is_a_record_of_the_place_that_said_it")
    assert first["svcerrors"]["handled"] is True


@pytest.mark.usefixtures("bridged")
def test_what_was_recorded_is_not_recorded_again(logger, written):
    """Logged and raised again, under a decorator: one error."""

    @capture_errors
    def work():
        try:
            raise Broken
        except Broken:
            logger.exception("failed")
            raise

    with pytest.raises(Broken):
        work()
    logger.error("and again")
    assert [row[0] for row in told(written())] == [BROKEN, "LoggedError"]


@pytest.mark.usefixtures("bridged")
def test_a_warning_is_no_error(logger, written):
    """Neither one of the warnings module, logged at whatever level, nor one that a program logs as an error."""
    logging.captureWarnings(capture=True)
    try:
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    finally:
        logging.captureWarnings(capture=False)
    logging.getLogger("py.warnings").error("app.py:3: DeprecationWarning: old\n  call()")
    logger.error("/app/main.py:3: FutureWarning: old")
    logger.error("it warns", exc_info=UserWarning("old"))
    logger.warning("slow", exc_info=Broken())
    assert written() == []


def test_a_warning_with_an_exception_is_recorded_on_demand(logger, written):
    """A plain one still is none."""
    svcerrors.init(logging="WARNING")
    logger.warning("slow")
    try:
        raise Broken
    except Broken:
        logger.warning("retrying")
    assert told(written()) == [(BROKEN, "", "WARNING")]


@pytest.mark.usefixtures("bridged")
def test_dict_config_takes_nothing_away(written):
    """It removes the handlers of the root logger, and ours is none."""
    logging.config.dictConfig(
        {"version": 1, "disable_existing_loggers": False, "loggers": {"library.late": {"propagate": False}}}
    )
    logging.getLogger("library.late").error("late")
    assert told(written()) == [("LoggedError", "late", "ERROR")]


@pytest.mark.usefixtures("bridged")
def test_a_servers_own_words_are_left_to_their_text(written):
    """`Worker failed to boot.` has a type of its own there; the exception that it logs is a record."""
    gunicorn = logging.getLogger("gunicorn.error")
    gunicorn.error("Worker (pid:7) exited with code 3")
    assert written() == []
    gunicorn.error("Exception in worker process", exc_info=Broken())
    [line] = written()
    assert (line["svcerrors"]["error_type"], line["svcerrors"]["handled"]) == (BROKEN, False)


@pytest.mark.usefixtures("bridged")
def test_a_filter_and_a_level_are_the_programs_own(logger, written):
    """What the program does not want to hear is not recorded."""
    logger.addFilter(lambda record: "noise" not in record.msg)
    logger.error("noise")
    logger.setLevel(logging.CRITICAL)
    logger.error("below")
    logger.filters.clear()
    logger.setLevel(logging.NOTSET)
    assert written() == []


UNPRINTABLE = """
import logging, svcerrors
svcerrors.init("orders", logging="ERROR")

class Unprintable:
    def __str__(self):
        raise KeyError

logging.error("%d orders", "many", exc_info=ValueError())
logging.error("%s", Unprintable())
print("went on")
"""


def test_words_that_cannot_be_formatted_cost_no_record():
    """logging itself says so on standard error."""
    ended = run(UNPRINTABLE)
    assert [row[:2] for row in told(ended.records)] == [("ValueError", ""), ("LoggedError", "%s")]
    assert ended.stderr.count("--- Logging error ---") == 2
    assert ended.stdout.endswith(b"went on\n")


def test_uninstall_restores_logging(logger, written):
    """The method is the one that was there, and nothing is recorded any longer."""
    before = logging.Logger.callHandlers
    svcerrors.init(logging="ERROR")
    svcerrors.init()
    assert logging.Logger.callHandlers is not before
    logger.error("seen: init() again leaves it on")
    svcerrors.uninstall()
    assert logging.Logger.callHandlers is before
    logger.error("unseen")
    assert len(written()) == 1


@pytest.mark.usefixtures("bridged")
def test_what_is_logged_later_in_an_except_clause_is_an_error_of_its_own(logger, written):
    """The exception has its record: what says nothing of it is told at its own place, with its own severity."""
    try:
        raise Broken("no bucket")
    except Broken:
        logger.error("load failed, falling back")
        logger.critical("DATA LOSS: fallback is missing")
        for game in (1, 2):
            logger.error("could not write game %d", game)
    first, *later = written()
    assert told([first]) == [(BROKEN, "no bucket", "ERROR")]
    assert told(later) == [
        ("LoggedError", "DATA LOSS: fallback is missing", "CRITICAL"),
        ("LoggedError", "could not write game 1", "ERROR"),
        ("LoggedError", "could not write game 2", "ERROR"),
    ]
    loss, one, two = (line["svcerrors"] for line in later)
    assert loss["fingerprint"] != one["fingerprint"] == two["fingerprint"]
    assert loss["culprit"].endswith("in test_what_is_logged_later_in_an_except_clause_is_an_error_of_its_own")


@pytest.mark.usefixtures("bridged")
@pytest.mark.parametrize(
    "say",
    [
        lambda logger, _: logger.error("giving up", exc_info=True),  # noqa: LOG014  # it is called in one
        lambda logger, exc: logger.error("giving up", exc_info=exc),
        lambda logger, exc: logger.error("giving up: %s", exc),
        lambda logger, exc: logger.error(exc),
        lambda logger, exc: logger.error("giving up: %s", [exc]),
    ],
)
@pytest.mark.parametrize("words", ["no bucket", "", "x" * 9_000])
def test_what_tells_of_a_recorded_exception_again_is_no_other_error(say, words, logger, written):
    """It passes it, or holds its message; without a message, its class."""
    try:
        raise Broken(words)
    except Broken as exc:
        logger.error("failed")
        say(logger, exc)
    assert [row[0] for row in told(written())] == [BROKEN]


@pytest.mark.usefixtures("bridged")
def test_an_exception_that_is_named_while_a_recorded_one_is_handled_is_taken(logger, written):
    """Cleaning up after one error may meet another."""
    try:
        raise Broken("no")
    except Broken:
        logger.exception("failed")
        logger.error("and cleaning up: %s", OSError("disk full"))
    assert [row[:2] for row in told(written())] == [(BROKEN, "no"), ("OSError", "disk full")]
