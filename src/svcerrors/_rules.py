"""A team's own rules of categories, from the file that SVCERRORS_RULES names.

    [[rule]]
    name = "no games scheduled"
    category = "no_data_available"
    type = "ValueError"
    message = "no games scheduled"

`type` and `message` are regular expressions that may match anywhere, the message's without regard to case; one of them
may be left out. The first rule that matches decides, and all of them stand before our own.
"""

import re
import sys
from collections.abc import Mapping
from typing import Any

from svcerrors._category import CATEGORIES, Rule, use
from svcerrors._errors import UsageError
from svcerrors._guard import attempt

__all__ = ["VARIABLE", "read_rules", "try_rules", "use_rules"]

VARIABLE = "SVCERRORS_RULES"

_KEYS = frozenset({"name", "category", "type", "message"})
_NAME_LIMIT, _PATTERN_LIMIT = 80, 1_000


def use_rules(environ: Mapping[str, str]) -> None:
    """Read the file that the environment names, and categorise by its rules first; without one, by ours alone.

    Raises:
        UsageError: The file cannot be read, or one of its rules cannot be meant; the line names the rule.
    """
    path = environ.get(VARIABLE)
    try:
        use(read_rules(_read(path)) if path else ())
    except OSError as exc:
        raise UsageError(f"{VARIABLE}={path}: {exc.strerror or type(exc).__name__}") from exc
    except (ValueError, RecursionError) as exc:
        raise UsageError(f"{VARIABLE}={path}: {exc}") from exc


def _read(path: str) -> str:
    with open(path, encoding="utf-8") as file:  # noqa: PTH123  # pathlib takes 3 ms to import
        return file.read()


def try_rules(environ: Mapping[str, str]) -> None:
    """Do the same inside another's program: a bad file is one line on standard error, and our rules alone hold."""
    try:
        use_rules(environ)
    except UsageError as exc:
        line = f"svcerrors: {exc}; errors are categorised without it\n"
        attempt(lambda: sys.stderr.write(line))


def read_rules(text: str) -> tuple[Rule, ...]:
    """Return the rules of a file.

    Raises:
        ValueError: It is no TOML, or a rule cannot be meant.
    """
    import tomllib  # noqa: PLC0415  # most programs have no such file

    document = tomllib.loads(text)
    rules = document.pop("rule", [])
    if document or not isinstance(rules, list):
        raise ValueError(f"only [[rule]] is known, not {next(iter(document), 'rule')}")
    return tuple(_rule(raw, number) for number, raw in enumerate(rules, 1))


def _rule(raw: Any, number: int) -> Rule:
    if not isinstance(raw, dict):
        raise ValueError(f"rule {number} is no table: write [[rule]]")  # noqa: TRY004  # as all faults of the file
    named = f"rule {number} ({str(raw.get('name', 'without a name'))[:_NAME_LIMIT]!r})"
    if unknown := raw.keys() - _KEYS:
        raise ValueError(f"{named}: unknown key {min(unknown)}; known are {', '.join(sorted(_KEYS))}")
    if raw.get("category") not in CATEGORIES:
        raise ValueError(f"{named}: category {raw.get('category')!r} is none of {', '.join(sorted(CATEGORIES))}")
    patterns = {key: _pattern(raw[key], f"{named}: {key}") for key in ("type", "message") if key in raw}
    if not any(patterns.values()):
        raise ValueError(f"{named}: give a type, a message, or both; as it is, it would match every error")
    return Rule(raw["category"], patterns.get("type", ""), patterns.get("message", ""))


def _pattern(value: Any, named: str) -> str:
    if not isinstance(value, str) or len(value) > _PATTERN_LIMIT:
        raise ValueError(f"{named} is no text of at most {_PATTERN_LIMIT} characters")
    try:
        re.compile(value)
    except (re.error, RecursionError, OverflowError) as exc:
        raise ValueError(f"{named} is no regular expression: {exc}") from exc
    return value
