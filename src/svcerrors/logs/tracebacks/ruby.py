"""Exceptions of Ruby, as the interpreter, Rails and Sinatra print them."""

import re
from collections.abc import Iterator
from itertools import islice

from svcerrors._chain import CHAIN_LIMIT
from svcerrors._frames import Frame
from svcerrors.logs.tracebacks.traceback import Traceback, cause, outermost_first, told

__all__ = ["parse"]

# Ruby 3.4 quotes with ' on both sides, and writes Store#load where others write load.
_AT = r"(?P<file>[^\n]{1,1000}?):(?P<line>\d{1,9}):in [`'](?P<function>[^'\n]{1,300})'"
_FIRST = re.compile(rf"^{_AT}: (?P<message>[^\n]{{0,8000}}?) ?\((?P<type>[A-Z][\w:]{{0,300}})\)$", re.MULTILINE)
_RAILS = re.compile(
    r"^(?P<type>[A-Z][\w:]{0,300}) \((?P<message>[^\n]{0,8000})\):\n(?= {0,8}\n? {0,8}[^\n]{1,1000}:in )", re.MULTILINE
)
_SINATRA = re.compile(
    r"^\S{1,40} \S{1,40} - (?P<type>[A-Z][\w:]{0,300}) - (?P<message>[^\n]{0,8000}):\n(?=\t)", re.MULTILINE
)
_FRAME = re.compile(rf"^[ \t]{{0,8}}(?:from )?{_AT}$", re.MULTILINE)
_WITHIN = re.compile(r"^(?:(?:block|rescue|ensure)(?: \(\d{1,4} levels\))? in )+|^.{0,200}[#.](?=[^#.]+$)")
_HIGHLIGHT = re.compile(r"\n\n[^\n]{0,1000}\n *\^+$")
_IN = ":in "
_THREAD = "terminated with exception (report_on_exception is true):"


def parse(text: str) -> Traceback | None:
    """Return the exception that a text prints: the one that was raised, its cause below it."""
    first = _FIRST.search(text)
    if first is None:
        return _logged(text)
    second = _FIRST.search(text, first.end())
    own = text[first.end() : second.start() if second else len(text)]
    stack = list(_frames(own))
    raised = [*stack, _frame(first)]
    if stack and stack[-1][:2] == raised[-1][:2]:  # a method of the interpreter bears the place of its caller
        raised.pop()
    below = own.partition("\n\tfrom ")[0]
    message = _HIGHLIGHT.sub("", f"{first['message']}{below}".rstrip("\n"))
    causes = islice(_FIRST.finditer(text, second.start()), CHAIN_LIMIT) if second else ()
    return told(
        first["type"],
        message,
        text[first.start() :],
        frames=raised,
        causes=[cause(one["type"], one["message"]) for one in causes],
        handled=_THREAD in text[: first.start()],
        is_fragment=not stack and not first["function"].endswith("<main>"),
    )


def _logged(text: str) -> Traceback | None:
    found = _RAILS.search(text) or _SINATRA.search(text)
    frames = list(_frames(text[found.end() :])) if found else []
    if found is None or not frames:
        return None
    return told(found["type"], found["message"], text[found.start() :], frames=frames, handled=True)


def _frames(text: str) -> Iterator[Frame]:
    lines = [line for line in text.split("\n") if _IN in line]
    return (_frame(found) for found in outermost_first(_FRAME, "\n".join(lines)))


def _frame(found: re.Match[str]) -> Frame:
    return Frame(found["file"].strip(), int(found["line"]), _plain(found["function"]))


def _plain(function: str) -> str:
    return _WITHIN.sub("", _WITHIN.sub("", function)) or function
