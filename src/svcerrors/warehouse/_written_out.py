"""A query as BigQuery is to run it: the views and functions of ours that it reads written out, down to the tables.

BigQuery executes an expression of a WITH clause once for each place that names it, and keeps the rows of recursive ones
only. Those it refuses in functions, below the top of a query, with another WITH inside, and beside a UNION DISTINCT
(GoogleSQL reference, "WITH clause"). A few steps that name each other twice are thousands of scans. So a query of ours
becomes one single WITH clause, and what would be read too often becomes recursive, by a recursion that adds no row.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping

from svcerrors._errors import WarehouseRefused
from svcerrors._schema import Routine, View, relations

__all__ = ["KEPT_ABOVE", "reads_steps", "view_written_out", "written_out"]

KEPT_ABOVE = 10
"""Reads of tables: what stands for more of them, and is named more than once, is kept."""

_COMMENT = re.compile(r"--.*$", re.MULTILINE)
_STEP = re.compile(r"^(?:WITH )?`?(?P<name>\w+)`? AS \(\n(?P<body>.*?)^\),?\n", re.DOTALL | re.MULTILINE)
_OWN_WITH = re.compile(r"(?:\s|--.*\n)*WITH\s+(?:RECURSIVE\s+)?", re.IGNORECASE)
_OWN_STEP = re.compile(r"\b(\w+)\s+AS\s+\(", re.IGNORECASE)
_SOURCE = re.compile(
    r"\b(?P<verb>FROM|JOIN)\s+(?P<dataset>`\$\{dataset\}`\.)?`?(?P<name>\w+)`?(?![\w.`])(?:\((?P<arguments>[^()]*)\))?"
    r"(?:\s+AS\s+(?P<alias>\w+))?",
    re.IGNORECASE,
)

_READERS: Mapping[str, Callable[[str], str]] = {
    "BOOL": {"FALSE": "FALSE", "TRUE": "TRUE"}.__getitem__,
    "INT64": lambda text: str(sum(map(int, text.split("+")))),
}
"""What is put in the place of an argument, by its type; `30 + 1` is what a step gives to the next."""


class _Steps:
    """The expressions of one WITH clause, each after all that it names."""

    def __init__(self) -> None:
        self.bodies: dict[str, str] = {}

    def of_view(self, sql: str, prefix: str = "") -> str:
        """Add the expressions of a query in our layout; return the query that names them, without its WITH clause."""
        bare = _COMMENT.sub("", sql)
        own: dict[str, str] = {}
        for step in _STEP.finditer(bare):
            body = self.of_query(step["body"], own)
            own[step["name"]] = prefix + step["name"]
            self.bodies[prefix + step["name"]] = body.rstrip()
        return self.of_query(_STEP.sub("", bare), own).strip()

    def of_query(self, sql: str, own: Mapping[str, str]) -> str:
        """Add what a query reads of ours; return it with the names that this has here.

        Args:
            sql: The query.
            own: What the expressions of its own WITH clause are called here.
        """
        return _SOURCE.sub(lambda found: self._source(found, own), sql)

    def _source(self, found: re.Match[str], own: Mapping[str, str]) -> str:
        name = found["name"]
        if found["dataset"] is None and name in own:
            step = own[name]
        elif name in relations():
            step = self._relation(relations()[name], found["arguments"])
        else:
            return found[0]
        return f"{found['verb']} {step} AS {found['alias'] or name}"

    def _relation(self, view: View, arguments: str | None) -> str:
        given = _values(view, arguments)
        step = "_".join((view.name, *given.values()))
        if step not in self.bodies:
            sql = view.sql
            for name, value in given.items():
                sql = re.sub(rf"(?<![\w.]){name}\b", value, sql)
            self.bodies[step] = self.of_view(sql, f"{step}__")
        return step


def view_written_out(view: View, dataset: str) -> str:
    """Return the query of a view; `dataset` holds its tables."""
    steps = _Steps()
    return _joined(steps, steps.of_view(view.sql)).replace("${dataset}", dataset)


def written_out(sql: str) -> str:
    """Return a query that names what it reads without a dataset, as the tables of the answer still are named.

    Raises:
        WarehouseRefused: A table function of ours is given other than plain values.
    """
    steps = _Steps()
    own = {name: name for name in _OWN_STEP.findall(sql)}
    return _joined(steps, steps.of_query(sql, own)).replace("`${dataset}`.", "")


def reads_steps(sql: str) -> bool:
    """Tell whether a query reads steps of our views, of which BigQuery has none."""
    return any(name in relations() and relations()[name].is_step for name in _sources(sql))


def _values(view: View, arguments: str | None) -> dict[str, str]:
    wanted = view.arguments if isinstance(view, Routine) else ()
    given = [one for one in (arguments or "").split(",") if one]
    try:
        return {name: _READERS[kind](text.strip()) for (name, kind), text in zip(wanted, given, strict=True)}
    except (KeyError, ValueError) as exc:
        named = ", ".join(map(" ".join, wanted))
        raise WarehouseRefused(f"{view.name}({named}) takes plain values, not ({arguments or ''})") from exc


def _joined(steps: _Steps, query: str) -> str:
    if not steps.bodies:
        return query
    kept = _kept(steps.bodies, query)
    listed = ",\n\n".join(_step(name, body, is_kept=name in kept) for name, body in steps.bodies.items())
    rest = _OWN_WITH.sub(",\n\n", query, count=1) if _OWN_WITH.match(query) else f"\n\n{query}"
    return f"WITH{' RECURSIVE' if kept else ''} {listed}{rest}"


def _kept(bodies: Mapping[str, str], query: str) -> set[str]:
    named = Counter(name for text in (*bodies.values(), query) for name in _sources(text))
    kept, reads = set(), Counter[str]()
    for name, body in bodies.items():
        reads[name] = sum(reads[source] if source in bodies else 1 for source in _sources(body))
        if named[name] > 1 and reads[name] > KEPT_ABOVE:
            kept.add(name)
            reads[name] = 1
    return kept


def _sources(sql: str) -> list[str]:
    return [found["name"] for found in _SOURCE.finditer(sql) if found["name"] != "UNNEST"]


def _step(name: str, body: str, *, is_kept: bool) -> str:
    again = f"\n)\nUNION ALL\n(SELECT * FROM {name} WHERE FALSE)"  # noqa: S608  # a name of ours
    return f"{name} AS (\n(\n{body}{again}\n)" if is_kept else f"{name} AS (\n{body}\n)"
