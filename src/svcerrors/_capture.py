"""Capture what a function or a block raises, and let it pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar, overload

from svcerrors._blocks import Capture, QuietCapture
from svcerrors._options import Options, Types, accepted, check
from svcerrors._plan import Plan, record_current
from svcerrors._program import BeforeEmit
from svcerrors._record import record

__all__ = ["capture_errors", "capture_exception"]

F = TypeVar("F", bound=Callable[..., Any])

_NOTHING: Mapping[str, Any] = {}


@overload
def capture_errors(function: F, /) -> F: ...
@overload
def capture_errors(
    *,
    labels: Mapping[str, Any] = ...,
    severity: str | None = ...,
    category: str | None = ...,
    fingerprint: str | None = ...,
    reraise: Literal[False],
    ignore: Types = ...,
    expected: Types = ...,
    service: str | None = ...,
    before_emit: BeforeEmit | None = ...,
    swallowed: bool = ...,
    methods: bool = ...,
    run: str | None = ...,
) -> QuietCapture: ...
@overload
def capture_errors(
    *,
    labels: Mapping[str, Any] = ...,
    severity: str | None = ...,
    category: str | None = ...,
    fingerprint: str | None = ...,
    reraise: Literal[True] = ...,
    ignore: Types = ...,
    expected: Types = ...,
    service: str | None = ...,
    before_emit: BeforeEmit | None = ...,
    swallowed: bool = ...,
    methods: bool = ...,
    run: str | None = ...,
) -> Capture: ...
def capture_errors(  # noqa: PLR0913  # each is one option
    function: Callable[..., Any] | None = None,
    /,
    *,
    labels: Mapping[str, Any] = _NOTHING,
    severity: str | None = None,
    category: str | None = None,
    fingerprint: str | None = None,
    reraise: bool = True,
    ignore: Types = (),
    expected: Types = (),
    service: str | None = None,
    before_emit: BeforeEmit | None = None,
    swallowed: bool = False,
    methods: bool = False,
    run: str | None = None,
) -> Any:
    """Record every exception of a function or a `with` block as one line on standard output.

    Functions, coroutine functions, generators and asynchronous generators stay what they are. The very same exception
    goes on to the caller. KeyboardInterrupt, GeneratorExit and a task's cancellation pass unrecorded, and so do
    SystemExit outside of jobs and a framework's exceptions for an answer below 500. A response of 500 or more that a
    handler returns is recorded, unless an error of the same call was. What a handler was called with (a request, a
    CloudEvent, a background event) is recorded too.

    Args:
        function: The function, where the decorator stands bare.
        labels: Recorded beside what `bind` bound; `phase`, `processor_name` and `correlation_id` are columns.
        severity: A severity of Cloud Logging; ERROR unless set.
        category: A category of errors; by the rules unless set.
        fingerprint: What makes two errors the same; type and place unless set.
        reraise: False ends the exception here: the function returns None, the block is left.
        ignore: Exception classes that pass unrecorded.
        expected: Exception classes that are recorded as `no_data_available`.
        service: Whose error it is; the program's own name unless set.
        before_emit: Called with the payload; changes it, or returns another one, or False to write nothing.
        swallowed: The code around it ends the exception, so that the program goes on. A block in an `except` clause
            records the exception that is handled there.
        methods: Take a class, and capture its public methods.
        run: Report each call, or the block, as a run of this name, as `track_run` does; `current_run()` is that run.

    Raises:
        UsageError: An option has a value that it cannot have, or the function is of a kind that cannot be captured.
    """
    check(
        labels=labels,
        severity=severity,
        category=category,
        fingerprint=fingerprint,
        reraise=reraise,
        ignore=ignore,
        expected=expected,
        service=service,
        before_emit=before_emit,
        swallowed=swallowed,
        methods=methods,
        run=run,
    )
    options = Options(labels, severity, category, fingerprint, expected, service, before_emit)
    plan = Plan(options, ignore, reraise, swallowed, methods, run=run)
    capture = Capture(plan) if reraise else QuietCapture(plan)
    return capture if function is None else capture(function)


def capture_exception(
    exc: BaseException | None = None,
    *,
    handled: bool = True,
    fingerprint: str | None = None,
    category: str | None = None,
    severity: str | None = None,
    **labels: Any,
) -> str | None:
    """Record an exception that the program deals with itself; return its error_id, None if there is nothing to record.

    Never raises; an option that cannot be is left out.

    Args:
        exc: The exception; the one that is being handled unless given.
        handled: Does the program go on?
        fingerprint: What makes two errors the same; type and place unless set.
        category: A category of errors; by the rules unless set.
        severity: A severity of Cloud Logging; ERROR unless set.
        labels: Recorded beside what `bind` bound; `phase`, `processor_name` and `correlation_id` are columns.
    """
    options = accepted(fingerprint=fingerprint, category=category, severity=severity, labels=labels or None)
    goes_on = handled is not False
    if exc is None:
        return record_current("manual", options, handled=goes_on)
    return record(exc, "manual", handled=goes_on, options=options) if issubclass(type(exc), BaseException) else None
