"""Programs that fail: exceptions with real frames, whose source lines stand in a real file."""

import importlib.util
from pathlib import Path
from tempfile import TemporaryDirectory

__all__ = ["LINKS", "chain"]

LINKS = 3
"""Exceptions in a chain."""

_FOLDER = TemporaryDirectory()
_HEAD = "class Failed(Exception):\n    pass\n"
_STEP = "def step{link}_{at}(value):\n    parts = {{'value': value}}\n    return step{link}_{next}(value + 1)  # {at}\n"
_RAISE = "def step0_{at}(value):\n    raise ValueError(f'bad value {{value}}')\n"
_WRAP = (
    "def step{link}_{at}(value):\n    try:\n        step{inner}_0(value)\n    except Exception as exc:\n"
    "        raise Failed('link {link} failed') from exc\n"
)


def chain(frames: int) -> BaseException:
    """Return an exception of LINKS exceptions, each raised through so many frames."""
    file = Path(_FOLDER.name) / f"failing_{frames}.py"
    file.write_text(_source(frames))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None  # noqa: S101  # the file is ours
    assert spec.loader is not None  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    try:
        getattr(module, f"step{LINKS - 1}_0")(1)
    except module.Failed as exc:
        found: BaseException = exc
    return found


def _source(frames: int) -> str:
    steps = [_STEP.format(link=link, at=at, next=at + 1) for link in range(LINKS) for at in range(frames - 1)]
    wraps = [_WRAP.format(link=link, at=frames - 1, inner=link - 1) for link in range(1, LINKS)]
    return "".join([_HEAD, *steps, _RAISE.format(at=frames - 1), *wraps])
