"""A traceback as frames: bounded, and the same from an exception as from its text."""

from collections import deque
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from types import CodeType, TracebackType
from typing import NamedTuple, TypeVar

from svcerrors._foreign import FOREIGN
from svcerrors._light import pattern
from svcerrors._redact import redact_text

__all__ = ["Frame", "bounded", "culprit", "in_app", "links", "relative", "route", "walk"]

FIRST, LAST = 25, 75
"""How many frames of a deep traceback are kept, outermost and innermost."""

CODE_LIMIT, NAME_LIMIT = 200, 500
"""Characters kept of a source line, and of the name of a file, module or function."""

SOURCE_LIMIT = 2_000_000
"""Characters read of a file of source lines."""

T = TypeVar("T")

_ROOT = pattern(r"^(?:/workspace|/app|/srv|/code|/usr/src/app|/opt/app|/home/[^/]+/app)/")


class Frame(NamedTuple):
    """One frame of a traceback; `function` is the plain name, as the text of a traceback has it."""

    file: str
    line: int | None
    function: str
    module: str | None = None
    code: str | None = None

    @property
    def in_app(self) -> bool:
        """Is it the team's own code?"""
        return in_app(self.file)


@lru_cache(maxsize=2_048)
def in_app(path: str) -> bool:
    """Tell whether a file is the team's own code: not the interpreter's, an installed package's or ours."""
    return not FOREIGN.search(path.replace("\\", "/"))


def walk(tb: TracebackType | None, until: TracebackType | None = None) -> tuple[Frame, ...]:
    """Return the frames of a traceback, outermost first, at most FIRST + LAST of them.

    Args:
        tb: Its outermost link.
        until: The link before which to end.
    """
    return tuple(map(_frame, bounded(links(tb, until))))


def route(tb: TracebackType | None, until: TracebackType | None = None) -> tuple[str, ...]:
    """Return file and function of each frame that `walk` would return, at a fraction of its cost.

    Args:
        tb: Its outermost link.
        until: The link before which to end.
    """
    codes: list[CodeType] = []
    link = tb
    while link is not until and link is not None and len(codes) < FIRST:  # what `links` does, for half
        codes.append(link.tb_frame.f_code)
        link = link.tb_next
    if len(codes) == FIRST:
        codes = [link.tb_frame.f_code for link in bounded(links(tb, until))]
    return tuple([name for code in codes for name in (code.co_filename, code.co_name)])


def bounded(items: Iterable[T]) -> list[T]:
    """Return the first FIRST and the last LAST items."""
    source = iter(items)
    first = list(islice(source, FIRST))
    return first if len(first) < FIRST else [*first, *deque(source, LAST)]


def culprit(frames: Iterable[Frame]) -> str | None:
    """Return `file:line in function` of the innermost frame that is the team's own code, as far as it is known.

    The path is relative to the service's root where that shows: a usual root such as /workspace, else the folder
    of the outermost frame of the team's own code.
    """
    own = [frame for frame in frames if in_app(frame[0])]
    if not own:
        return None
    last = own[-1]
    line, function = f":{last.line}" if last.line else "", f" in {last.function}" if last.function else ""
    return f"{relative(last.file, own[0].file)}{line}{function}"


def relative(path: str, outermost: str) -> str:
    """Return `path` relative to a usual root, else to the folder of `outermost`, else as it is."""
    stripped = _ROOT.sub("", path)
    folder = outermost.rpartition("/")[0]
    if stripped == path and folder and path.startswith(folder + "/"):
        return path[len(folder) + 1 :]
    return stripped


def links(tb: TracebackType | None, until: TracebackType | None = None) -> Iterator[TracebackType]:
    """Yield the links of a traceback, outermost first, up to the one before `until`."""
    while tb is not until and tb is not None:
        yield tb
        tb = tb.tb_next


def _frame(link: TracebackType) -> Frame:
    frame = link.tb_frame
    code, module = frame.f_code, dict.get(frame.f_globals, "__name__")
    return _known(code.co_filename, link.tb_lineno, code.co_name, module if type(module) is str else None)


@lru_cache(maxsize=2_048)
def _known(file: str, line: int | None, function: str, module: str | None) -> Frame:
    return Frame(
        file[:NAME_LIMIT],
        line,
        function[:NAME_LIMIT],
        module[:NAME_LIMIT] if module else None,
        _source(file, line) if line and in_app(file) else None,
    )


def _source(file: str, line: int) -> str | None:
    lines = _lines(file)
    return redact_text(lines[line - 1].strip()[:CODE_LIMIT]) or None if line <= len(lines) else None


@lru_cache(maxsize=8)
def _lines(file: str) -> list[str]:
    # Not linecache, which keeps every file for good; what a frame says is remembered already.
    try:
        with open(file, encoding="utf-8", errors="replace") as source:  # noqa: PTH123  # pathlib takes 3 ms to import
            return source.read(SOURCE_LIMIT).split("\n")
    except (OSError, ValueError):
        return []
