"""Errors of Celery's tasks, in whatever process of the worker they fail; a retry is none until it is the last."""

from collections.abc import Mapping
from typing import Any

from svcerrors._options import Options, check
from svcerrors._record import record

__all__ = ["connect"]


def connect(*, labels: Mapping[str, Any] | None = None, service: str | None = None) -> None:
    """Record every task that fails; to be called where the Celery application is made.

    What a task declares in `throws` is recorded as `no_data_available`. The task's id is the correlation_id.

    Args:
        labels: Recorded with the errors of all tasks.
        service: Whose errors they are; the program's own name unless set.

    Raises:
        UsageError: An option has a value that it cannot have.
    """
    from celery import signals  # noqa: PLC0415  # only a program of Celery has it

    own = labels or {}
    check(labels=own, service=service)

    def see(sender: Any = None, task_id: Any = None, exception: Any = None, **_: Any) -> None:
        if isinstance(exception, Exception):
            told = {**own, **_task(sender), "correlation_id": task_id}
            expected = tuple(getattr(sender, "throws", None) or ())
            record(exception, "celery", handled=True, options=Options(told, expected=expected, service=service))

    failures: tuple[Any, ...] = (signals.task_failure, signals.task_internal_error)
    for failure in failures:
        failure.connect(see, weak=False, dispatch_uid="svcerrors")


def _task(task: Any) -> dict[str, Any]:
    request = getattr(task, "request", None)
    found = {"task": getattr(task, "name", None), "retries": getattr(request, "retries", None)}
    return {name: value for name, value in found.items() if value is not None}
