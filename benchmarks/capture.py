"""What does an error cost the program that captures it, beside what its peers cost?

All peers run in this process, in turns; what they would send goes to a function that drops it. Every exception is a
chain of three. Medians of many turns, compared turn by turn. Imports and the largest exceptions are measured in
processes of their own.

Usage: python benchmarks/capture.py [--write]; --write puts the tables into docs/performance.md.
"""

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from failing import LINKS, chain
from peers import PEERS, Capture

import svcerrors
from svcerrors import _frames, _once, _outbox, _payload, _printed

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- capture: begin -->\n", "<!-- capture: end -->\n"

COMPARED = ("svcerrors", "traceback.format_exception", "sentry-sdk", "structlog", "loguru")
FLOOR, SENTRY = "traceback.format_exception", "sentry-sdk"
ROUNDS = 60
STARTS = 41
STORM = 1_000_000

OVER_BARE, TO_FLOOR, FROM_SENTRY, HELD_BACK = 0.3e-6, 0.25, 20, 10e-6
MOST_SECONDS, MOST_BYTES = 1, 1_000_000
"""The limits: seconds, ratios, and bytes of memory for the largest exceptions."""

_CACHES = (_frames._known, _frames._lines, _frames.in_app, _printed._frame, _payload._frame)  # noqa: SLF001  # ours

_START = "import sys; sys.path += {paths}; import site; {program}"
_INIT = "import svcerrors; svcerrors.init()"
STARTED = {
    "a bare interpreter": "",
    "svcerrors": _INIT,
    "structlog": "import structlog",
    "svcerrors and structlog": f"{_INIT}; import structlog",
    "sentry-sdk": "import sentry_sdk; sentry_sdk.init()",
}
LARGE = {
    "RecursionError of 1,000,000 frames": "sys.setrecursionlimit(1_000_050)\ndef deep(): deep()\nfail = deep",
    "message of 100 MB": "text = 'x' * 100_000_000\ndef fail(): raise ValueError(text)",
}
_LARGE = """
import os, sys, time, tracemalloc
import svcerrors
from svcerrors import _outbox
_outbox.divert(lambda line: sizes.append(len(line)) or True)
sizes = []
{program}
try:
    fail()
except Exception as exc:
    svcerrors.capture_exception(KeyError())
    begun = time.perf_counter()
    svcerrors.capture_exception(exc)
    spent = time.perf_counter() - begun
    svcerrors._once.unmark(exc)
    tracemalloc.start()
    svcerrors.capture_exception(exc)
    print(spent, tracemalloc.get_traced_memory()[1], sizes[-1])
    sys.stdout.flush()
    os._exit(0)
"""


class Row(NamedTuple):
    """One line of a table; `is_met` is None where no limit is set."""

    cells: tuple[str, ...]
    limit: str = ""
    is_met: bool | None = None


def turns(works: dict[str, Callable[[], object]], rounds: int = ROUNDS, number: int = 1) -> list[dict[str, float]]:
    """Return the seconds of one call of each, turn by turn, each turn with another first.

    They are compared within a turn: what else the machine does then weighs on all of them.
    """
    names, found = [*works], []
    for turn in range(rounds):
        first = turn % len(names)
        found.append({name: _seconds(works[name], number) for name in (*names[first:], *names[:first])})
    return found


def _seconds(work: Callable[[], object], number: int) -> float:
    begun = time.perf_counter()
    for _ in range(number):
        work()
    return (time.perf_counter() - begun) / number


def _median(turns: list[dict[str, float]], of: Callable[[dict[str, float]], float]) -> float:
    return statistics.median(map(of, turns))


def without_error() -> Iterator[Row]:
    """Measure calls that do not fail."""
    import sentry_sdk.integrations.serverless  # noqa: PLC0415  # a peer
    from loguru import logger  # noqa: PLC0415  # likewise

    def bare(value: int) -> int:
        return value

    kinds: dict[str, Callable[[int], int]] = {
        "bare": bare,
        "svcerrors.capture_errors": svcerrors.capture_errors(bare),
        "loguru catch": logger.catch(bare),
        "sentry-sdk serverless_function": sentry_sdk.integrations.serverless.serverless_function(bare, flush=False),
    }
    found = turns({name: partial(kind, 1) for name, kind in kinds.items()}, number=2_000)
    for name in kinds:
        over = _median(found, lambda turn, name=name: turn[name] - turn["bare"])
        is_ours = name.startswith("svcerrors")
        yield Row(
            (name, f"{_median(found, itemgetter(name)) * 1e6:.3f}", f"{over * 1e6:.3f}"),
            "0.3 µs over the bare call" if is_ours else "",
            over <= OVER_BARE if is_ours else None,
        )


def with_error(frames: int, captures: dict[str, Capture]) -> Iterator[Row]:
    """Measure an exception of LINKS times so many frames."""
    exc = chain(frames)

    def once(capture: Capture) -> None:
        _once.unmark(exc)
        capture(exc)

    def anew() -> None:
        for cache in _CACHES:
            cache.cache_clear()
        once(captures["svcerrors"])

    works: dict[str, Callable[[], object]] = {name: partial(once, capture) for name, capture in captures.items()}
    found = turns({**works, "svcerrors, from places never seen": anew}, number=5)
    for name in sorted(found[0], key=lambda name: _median(found, itemgetter(name))):
        to_floor = _median(found, lambda turn, name=name: turn[name] / turn[FLOOR])
        to_sentry = _median(found, lambda turn, name=name: turn[SENTRY] / turn[name])
        is_ours = name == "svcerrors"
        yield Row(
            (
                f"{LINKS} x {frames}",
                name,
                f"{_median(found, itemgetter(name)) * 1e6:,.0f}",
                f"{to_floor:.2f}",
                f"{to_sentry:.1f}",
            ),
            "0.25 x format_exception, 20 x faster than sentry-sdk" if is_ours else "",
            to_floor <= TO_FLOOR and to_sentry >= FROM_SENTRY if is_ours else None,
        )


def storm() -> Row:
    """Measure a million errors of one fingerprint, and count what is written of them."""
    told: list[int] = []
    _outbox.divert(
        lambda line: told.append(int(line.partition(b'"occurrences":')[2].partition(b",")[0].rstrip(b"}\n"))) is None
    )
    svcerrors.uninstall()
    svcerrors.init()
    exc = chain(10)
    _outbox.storm.forget()
    begun = time.process_time()
    for _ in range(STORM):
        _once.unmark(exc)
        svcerrors.capture_exception(exc)
    each = (time.process_time() - begun) / STORM
    _outbox.release_all()
    exact = sum(told) == STORM
    cells = (
        f"{STORM:,} times one error, {LINKS} x 10 frames",
        f"{each * 1e6:.1f} µs of CPU each",
        f"{len(told)} lines, {sum(told):,} counted",
    )
    return Row(cells, "10 µs each, none missing", each <= HELD_BACK and exact)


def large() -> Iterator[Row]:
    """Measure the largest exceptions, each in a process of its own."""
    for name, program in LARGE.items():
        seconds, peak, size = map(float, _run(_LARGE.format(program=program)).split())
        cells = (name, f"{seconds * 1e3:.1f} ms", f"{peak / 1e3:,.0f} kB of memory, a line of {size / 1e3:.0f} kB")
        yield Row(cells, "1 s, 1 MB", seconds <= MOST_SECONDS and peak <= MOST_BYTES)


def started() -> Iterator[Row]:
    """Measure interpreters that start, without site-packages' own start-up files; bytecode is compiled before."""
    programs = {name: _START.format(paths=_paths(), program=program) for name, program in STARTED.items()}
    found = turns({name: partial(_run, program, "-S") for name, program in programs.items()}, STARTS + 1)[1:]
    limits = {"svcerrors": ("a bare interpreter", 25), "svcerrors and structlog": ("structlog", 10)}
    for name in STARTED:
        base, most = limits.get(name, ("a bare interpreter", 0))
        over = _median(found, lambda turn, name=name, base=base: turn[name] - turn[base]) * 1e3
        cells = (name, f"{_median(found, itemgetter(name)) * 1e3:.1f}", f"{over:.1f} over {base}")
        yield Row(cells, f"{most} ms over {base}" if most else "", over <= most if most else None)


def _paths() -> list[str]:
    return [path for path in sys.path if path.endswith("site-packages")] + [str(Path(svcerrors.__file__).parents[1])]


def _run(program: str, *options: str) -> str:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [sys.executable, *options, "-c", program], capture_output=True, text=True, env=environ, check=True
    )
    return done.stdout


def _table(head: str, rows: list[Row]) -> str:
    names = [*head.split(" | "), "limit", ""]
    lines = [f"| {' | '.join(names)} |", f"|{'---|' * len(names)}"]
    for row in rows:
        verdict = {None: "", True: "kept", False: "MISSED"}[row.is_met]
        lines.append(f"| {' | '.join((*row.cells, row.limit, verdict))} |")
    return "\n".join(lines)


def measure() -> Iterator[str]:
    """Yield the tables."""
    yield _table("started | ms | ms more", list(started()))
    captures = {name: PEERS[name](len) for name in COMPARED}
    yield _table("call without an error | µs | µs over the bare call", list(without_error()))
    errors = [row for frames in (10, 50) for row in with_error(frames, captures)]
    yield _table(f"exceptions x frames | captured by | µs | x {FLOOR} | {SENTRY} ÷ this", errors)
    yield _table("in bulk | time | of which", [*large(), storm()])


def main() -> None:
    """Measure, print, and write if asked to."""
    head = f"Python {platform.python_version()}; load average {os.getloadavg()[0]:.1f}."
    found = "\n\n".join([head, *measure()])
    print(found)
    if "--write" in sys.argv:
        before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n{found}\n\n{END}{rest.partition(END)[2]}", "utf-8")


if __name__ == "__main__":
    main()
