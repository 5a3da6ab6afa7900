"""Panics and fatal errors of Go, and the stacks that its servers and logging libraries print."""

import re
from collections.abc import Iterator, Sequence

from svcerrors._frames import Frame
from svcerrors.logs.tracebacks.traceback import Traceback, cause, outermost_first, told

__all__ = ["LOGGED", "frames", "parse", "up_to_panic"]

LOGGED = "LoggedError"

# https://pkg.go.dev/runtime/debug#PrintStack; net/http logs the panic of a handler, and its server goes on.
_SERVED = re.compile(r"^[^\n]{0,200}?http: panic serving [^\s]{1,100}: (?P<message>[^\n]*)", re.MULTILINE)
_START = re.compile(r"^(?P<kind>panic|fatal error): (?P<message>[^\n]*)", re.MULTILINE)
_GOROUTINE = re.compile(
    r"^goroutine \d{1,12} (?:gp=\S{1,40} m=\S{1,40} (?:mp=\S{1,40} )?)?\[[^\]\n]{1,100}\]:\n", re.MULTILINE
)
_FRAME = re.compile(
    r"^(?P<name>\S[^\n]{0,500}?)(?:\([^()\n]{0,1000}\))?"
    r"\n\t(?P<file>[^\n]{1,1000}?):(?P<line>\d{1,9})(?: \+0x[0-9a-f]{1,16})?$",
    re.MULTILINE,
)
_RECOVERED = re.compile(r" \[recovered[^\]\n]{0,40}\]$")
_CLOSURE = re.compile(r"(?:\.func\d{1,6}|\.gowrap\d{1,6}|\.\d{1,6}|-fm|-range\d{1,6})+$|\[\.\.\.\]")
_PANICS = frozenset({"panic", "gopanic"})
_TYPES = {"panic": "panic", "fatal error": "FatalError"}


def parse(text: str) -> Traceback | None:
    """Return the panic that a text tells of."""
    goroutine = _GOROUTINE.search(text)
    before = text[: goroutine.start()] if goroutine else text
    served = _SERVED.search(before)
    start = served or _START.search(before)
    if not goroutine:
        return _fragment(text, start) if start and start.start() == 0 else None
    stack = text[goroutine.end() :].partition("\n\n")[0]
    if start is None or served:
        return _printed(text, before, served, list(frames(stack)))
    messages = _messages(before[start.start("message") :])
    causes = [cause("panic", message, "context") for message in reversed(messages[:-1])]
    return told(_TYPES[start["kind"]], messages[-1], text[start.start() :], frames=frames(stack), causes=causes)


def frames(stack: str) -> Iterator[Frame]:
    """Yield the frames of one goroutine, outermost first."""
    for found in outermost_first(_FRAME, stack):
        if not found["name"].startswith("created by "):
            yield _frame(found)


def up_to_panic(stack: Sequence[Frame]) -> Sequence[Frame] | None:
    """Return the frames, outermost first, of what panicked, without those of what recovered; None without a panic."""
    at = next((at for at in reversed(range(len(stack))) if stack[at].function in _PANICS), None)
    return None if at is None else stack[:at]


def _frame(found: re.Match[str]) -> Frame:
    path, slash, last = found["name"].rpartition("/")
    package, _, function = last.partition(".")
    return Frame(found["file"], int(found["line"]), _CLOSURE.sub("", function) or package, f"{path}{slash}{package}")


def _printed(text: str, before: str, served: re.Match[str] | None, stack: list[Frame]) -> Traceback | None:
    """Return the error of a stack that the program printed itself: a panic where one is in it, and it went on."""
    below = up_to_panic(stack)
    message = served["message"] if served else before.strip().rpartition("\n")[2]
    if below is None and not message:
        return None
    return told(LOGGED if below is None else "panic", message, text, frames=below or stack, handled=True)


def _messages(said: str) -> list[str]:
    """Return what the panics of a text said, the last one last: those before it were recovered."""
    lines = said.partition("\n\n")[0].partition("\n[signal ")[0].split("\n")
    messages = [lines[0]]
    for line in lines[1:]:
        if line.startswith("\tpanic: "):
            messages.append(line.removeprefix("\tpanic: "))
        else:
            messages[-1] += f"\n{line}"
    return [_RECOVERED.sub("", message) for message in messages]


def _fragment(text: str, start: re.Match[str]) -> Traceback:
    kind = start.groupdict().get("kind")
    message = _RECOVERED.sub("", start["message"])
    return told(_TYPES[kind or "panic"], message, text, handled=kind is None, is_fragment=True)
