"""The function that the framework serves, and the event that it was called with: a CloudEvent, or data and context."""

from collections.abc import Callable, Mapping
from typing import Any

from svcerrors._jsonable import text
from svcerrors._watch import Patch

__all__ = ["event_of", "original", "see_functions"]

Event = dict[str, Any]


def see_functions(registry: Any) -> Patch:
    """Capture the function that is served, unless its program does: what it was called with is known only inside."""
    return Patch(registry, "get_user_function", _capturing)


def _capturing(former: Callable[..., Any], patch: Patch) -> Callable[..., Any]:
    from svcerrors._capture import capture_errors  # noqa: PLC0415  # which reads events itself
    from svcerrors._context import is_captured  # noqa: PLC0415  # likewise

    def get_user_function(*args: Any, **kwargs: Any) -> Any:
        function = former(*args, **kwargs)
        return capture_errors(function) if patch.active and not is_captured(function) else function

    return get_user_function


def event_of(arguments: tuple[Any, ...]) -> Event | None:
    """Return the event among the arguments of a handler, a method's too, as the members of the column `event`."""
    for argument in arguments[:3]:
        if hasattr(type(argument), "get_attributes") and hasattr(type(argument), "get_data"):
            return _cloud_event(argument.get_attributes(), argument.get_data())
        if isinstance(argument, dict) and "specversion" in argument:
            return _cloud_event(argument, argument.get("data"))
        if hasattr(argument, "event_id") and hasattr(argument, "event_type"):
            return _background_event(argument)
    return None


def original(exc: BaseException) -> BaseException:
    """Return what a typed function raised, where the framework has put its own exception around it."""
    cls = type(exc)
    is_around = (cls.__name__, cls.__module__) == ("FunctionsFrameworkException", "functions_framework.exceptions")
    return exc.__cause__ if is_around and exc.__cause__ is not None else exc


def _cloud_event(attributes: Mapping[str, Any], data: Any) -> Event:
    envelope = data if isinstance(data, dict) else {}
    message = envelope.get("message")
    return _present(
        {
            "id": attributes.get("id") or (message.get("messageId") if isinstance(message, dict) else None),
            "type": attributes.get("type"),
            "source": attributes.get("source") or envelope.get("subscription"),
            "subject": attributes.get("subject"),
        },
        envelope.get("deliveryAttempt"),
    )


def _background_event(context: Any) -> Event:
    resource = getattr(context, "resource", None)
    source = resource.get("name") if isinstance(resource, dict) else resource
    return _present({"id": context.event_id, "type": context.event_type, "source": source}, None)


def _present(texts: Event, attempt: Any) -> Event:
    event: Event = {key: text(value) for key, value in texts.items() if value is not None}
    return {**event, "delivery_attempt": attempt} if type(attempt) is int else event
