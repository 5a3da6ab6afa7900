"""Python tracebacks, as every CPython since 3.6 prints them and as hosts put them into their logs."""

import re
from collections.abc import Iterator
from itertools import pairwise

from svcerrors._chain import MESSAGE_LIMIT, Cause, closest
from svcerrors._frames import culprit, relative
from svcerrors._redact import redact_text
from svcerrors.logs.tracebacks import python_groups as groups
from svcerrors.logs.tracebacks.python_blocks import CONNECTOR, ERROR, HEADER, QUOTING, Block, has_header, read
from svcerrors.logs.tracebacks.traceback import Traceback, ends

__all__ = ["INCOMPLETE", "parse"]

INCOMPLETE = "IncompleteTraceback"
"""The type of an error whose text ends before it says its own."""

_START = re.compile(rf'{HEADER.pattern}|{groups.OPENING}|^  File "', re.MULTILINE)

# What stands before the traceback of an error after which the program goes on.
_GOES_ON = (
    r"Exception in thread |Exception ignored |Exception in callback |(?:Task|Future) exception was never retrieved"
)
# How uvicorn, ten columns wide, and how gunicorn and Flask begin a line of their logs.
_LOG_LINE = r"(?:DEBUG|ERROR): {4}|INFO: {5}|WARNING: {2}|CRITICAL: |\[\d{4}-\d\d-\d\d[^\]\n]{0,40}\] "
_HANDLED = re.compile(rf"^(?:{_GOES_ON})", re.MULTILINE)
_PREFIX = re.compile(_LOG_LINE)
_BREAK = re.compile(rf"\n(?={_GOES_ON}|{_LOG_LINE})")

# The interpreter prints them after the message, but they are no part of it.
_SUGGESTION = re.compile(
    r"\. Did you (?:mean|forget)[^\n?]{1,300}\?(?: Or did you forget[^\n?]{1,300}\?)?$", re.MULTILINE
)
_SUGGESTED = frozenset({"AttributeError", "ImportError", "ModuleNotFoundError", "NameError"})

_MARGIN = re.compile(r"^ {2,40}\| (?=\S)")

# The type of a line that stands alone must look like one; SystemExit is how a server ends a worker.
_TYPE = re.compile(
    r"(?:Error|Exception|(?<!System)Exit|Interrupt|ExceptionGroup|Traceback)$|(?:^|\.)(?:exceptions|errors)\."
)


def parse(text: str) -> Traceback | None:
    """Return the error whose traceback a text holds; of several that are not linked, the last.

    Args:
        text: Without colours and carriage returns.
    """
    found = (_traceback(piece) for piece in reversed(_pieces(text)))
    return next((one for one in found if one), None) or _fragment(text)


def _pieces(text: str) -> list[str]:
    """Return a text in pieces that each begin with a line of a log, or say that the program goes on."""
    breaks = [found.end() for found in _BREAK.finditer(text)]
    return [text[begin:end] for begin, end in pairwise([0, *breaks, len(text)])]


def _traceback(piece: str) -> Traceback | None:
    body = _PREFIX.sub("", piece, count=1) if _PREFIX.match(piece) else piece
    start = _START.search(body)
    if start is None:
        return None
    before = body[: start.start()]
    trace = (body if _begins_earlier(before) else body[start.start() :]).strip("\n")
    block = read(trace)
    headed = has_header(trace) or groups.opens(trace)
    is_script = bool(block.place) and not block.frames
    if not (block.error_type or (headed and block.frames)):
        return None
    return _told(
        block,
        trace,
        handled=bool(_HANDLED.search(before)),
        is_fragment=not (block.error_type and (headed or is_script)),
    )


def _begins_earlier(before: str) -> bool:
    """Tell whether what stands before a header is an exception that was never raised, or raised elsewhere."""
    return _is_error(before) and (before.endswith(QUOTING) or bool(CONNECTOR.search(before)))


def _fragment(text: str) -> Traceback | None:
    """Return the error of the last line of a traceback whose lines arrived one by one."""
    text = _MARGIN.sub("", text, count=1)
    if not _is_error(text):
        return None
    return _told(read(text), text.strip("\n"), handled=False, is_fragment=True)


def _is_error(text: str) -> bool:
    found = ERROR.fullmatch(text.partition("\n")[0])
    return bool(found and _TYPE.search(found["type"]))


def _told(block: Block, text: str, *, handled: bool, is_fragment: bool) -> Traceback:
    wrappers, raised = _unwrap(block)
    frames = raised.frames
    causes = [cause for relation, linked in _links(raised, wrappers) for cause in _causes(linked, relation)]
    causes += [_cause(member, "group") for member in (*wrappers, *_leaves(raised))]
    return Traceback(
        error_type=_type(raised),
        error_message=_message(raised),
        stack_trace=redact_text(ends(text)),
        frames=frames,
        causes=closest(causes),
        culprit=_named_place(raised) or culprit(frames),
        handled=handled,
        is_fragment=is_fragment,
    )


def _unwrap(block: Block) -> tuple[list[Block], Block]:
    wrappers: list[Block] = []
    while len(block.members) == 1:
        wrappers.insert(0, block)
        block = block.members[0]
    return wrappers, block


def _leaves(block: Block) -> Iterator[Block]:
    for member in block.members:
        if member.members:
            yield from _leaves(member)
        else:
            yield member


def _links(raised: Block, wrappers: list[Block]) -> tuple[tuple[str, Block], ...]:
    """Return what a leaf is linked to: the interpreter prints it once, before the group where the group was raised."""
    printed = [link for wrapper in wrappers for link in wrapper.links]
    same = (at for at, (_, linked) in enumerate(printed) if linked[:2] == raised[:2])
    return raised.links or tuple(printed[next(same, len(printed)) + 1 :])


def _causes(linked: Block, relation: str) -> list[Cause]:
    return [_cause(linked, relation), *(_cause(member, "group") for member in _leaves(linked))]


def _cause(block: Block, relation: str) -> Cause:
    return Cause(_type(block), _message(block), relation)


def _type(block: Block) -> str:
    """Return the type without the `__main__.` that Python prints before 3.11."""
    return (block.error_type or INCOMPLETE).removeprefix("__main__.")


def _message(block: Block) -> str:
    message = block.message.rstrip("\n")
    if block.error_type in _SUGGESTED:
        message = _SUGGESTION.sub("", message, count=1)
    return redact_text(message[:MESSAGE_LIMIT])


def _named_place(block: Block) -> str | None:
    if block.place is None:
        return None
    file, line = block.place
    outermost = next((frame.file for frame in block.frames if frame.in_app), "")
    return f"{relative(file, outermost)}:{line}"
