"""Nasty inputs 32 and 36: what the program does while we work for it."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

import svcerrors
from svcerrors import capture_errors, capture_exception

OURS = str(Path(svcerrors.__file__).parent)


def test_32_what_the_program_gives_us_fails(written):
    """Labels that cannot be read cost themselves alone, and the record says what they raised."""

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


class Timeout(Exception):
    """As functions-framework injects it into the thread of a request that takes too long."""


class Ending(BaseException):
    """As Ctrl-C or an exit from a signal's handler."""


class Injection:
    """Raises at the n-th line of our code that is run."""

    def __init__(self, error, at):
        self.error, self.left, self.met = error, at, False

    def __call__(self, frame, event, _arg):
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        if event == "line":
            self.left -= 1
            if self.left == 0:
                self.met = True
                raise self.error
        return self


def injected(error, at):
    """Capture an exception, `error` being raised in the midst of it; return what came out, and whether it was met."""
    injection, out, former = Injection(error, at), None, sys.gettrace()
    try:
        raise ValueError("the program's own")
    except ValueError as exc:
        sys.settrace(injection)
        try:
            capture_exception(exc)
        except BaseException as escaped:
            out = type(escaped)
        finally:
            sys.settrace(former)
    return out, injection.met


@pytest.mark.parametrize(("error", "may_escape"), [(Timeout, {None, Timeout}), (Ending, {None, Ending})])
def test_36_an_exception_injected_at_any_line_of_ours(error, may_escape, capfdbinary):
    """Each time there is one whole record or, before our work begins, none; and the next capture works."""
    svcerrors.init(rate_limit=None)
    at, met, counts = 0, True, []
    while met:
        at += 1
        out, met = injected(error, at)
        assert out in may_escape
        lines = capfdbinary.readouterr().out.splitlines()
        assert [json.loads(line)["svcerrors"]["error_type"] for line in lines] in ([], ["ValueError"])
        counts.append(len(lines))
        assert capture_exception(KeyError(at)) is not None
        assert capfdbinary.readouterr().out.count(b"\n") == 1
    assert at > 100
    assert sum(counts) > 0.9 * len(counts)
