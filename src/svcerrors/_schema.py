"""Read the contract: tables, routines, views and queries, from the files in schema/."""

import json
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

__all__ = [
    "Adoption",
    "Column",
    "Query",
    "Routine",
    "Table",
    "View",
    "adoptions",
    "queries",
    "read_column",
    "relations",
    "tables",
]

_READS = re.compile(r"`\$\{dataset\}`\.(\w+)")
_PARAMETER = re.compile(r"^-- @(?P<name>\w+) (?P<type>\w+) = ?(?P<default>.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; `fields` are the members of a RECORD."""

    name: str
    type: str
    mode: str
    description: str
    fields: tuple["Column", ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table that svcerrors owns.

    Attributes:
        partition_by: The TIMESTAMP column whose UTC day is the partition.
        partition_expiration_days: Age at which a partition is deleted, in days. None: what people said, small and kept
            for ever, so that a query needs no filter on `partition_by`.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    partition_by: str
    cluster_by: tuple[str, ...]
    partition_expiration_days: int | None


@dataclass(frozen=True, slots=True)
class Adoption:
    """How a table that a team already has is read as one of ours.

    Attributes:
        names: The names that a column of ours may go by there, the best first.
        otherwise: What a required column has where theirs says nothing that we know.
        words: Their words, in small letters, by ours.
        before: Our words by those that a reader of the old table knows.
    """

    names: dict[str, list[str]]
    otherwise: dict[str, str]
    words: dict[str, dict[str, list[str]]]
    before: dict[str, dict[str, list[str]]]


@dataclass(frozen=True, slots=True)
class View:
    """A view in GoogleSQL; `sql` names what it reads with `${dataset}` before it.

    Attributes:
        is_step: Is it there for other views only? BigQuery has none of these: its views are written out down to tables.
    """

    name: str
    description: str
    grain: str
    sql: str
    is_step: bool = False

    def render(self, dataset: str) -> str:
        """Return the query with `dataset` in place of `${dataset}`."""
        return self.sql.replace("${dataset}", dataset)

    def reads(self) -> set[str]:
        """Return the names of the tables, routines and views that it reads."""
        return set(_READS.findall(self.sql))


@dataclass(frozen=True, slots=True)
class Routine(View):
    """A step with arguments, (name, type) each; a table function in GoogleSQL."""

    is_step: bool = True
    arguments: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """A question that someone on call asks; parameters are (name, type, default) each."""

    name: str
    description: str
    sql: str
    parameters: tuple[tuple[str, str, str], ...]


@cache
def tables() -> dict[str, Table]:
    """Return every table by name."""
    return {folder.name: _table(folder) for folder in _entries("tables")}


@cache
def relations() -> dict[str, View]:
    """Return every routine and view by name, each after all that it reads."""
    found = {folder.name: _view(folder) for folder in _entries("views")}
    found |= {folder.name: _routine(folder) for folder in _entries("routines")}
    order = TopologicalSorter({name: sorted(view.reads() & found.keys()) for name, view in found.items()})
    return {name: found[name] for name in order.static_order()}


@cache
def queries() -> dict[str, Query]:
    """Return every stored question by name."""
    return {file.name.removesuffix(".sql"): _query(file) for file in _entries("queries")}


@cache
def adoptions() -> dict[str, Adoption]:
    """Return by table how one that a team already has is made ours."""
    said = tomllib.loads((files("svcerrors.schema") / "adoption.toml").read_text("utf-8"))
    return {name: Adoption(**how) for name, how in said.items()}


def read_column(raw: dict[str, Any]) -> Column:
    """Return a column from its JSON form, as in schema.json."""
    nested = tuple(read_column(field) for field in raw.get("fields", ()))
    return Column(raw["name"], raw["type"], raw["mode"], raw["description"], nested)


def _entries(kind: str) -> list[Traversable]:
    return sorted((files("svcerrors.schema") / kind).iterdir(), key=lambda entry: entry.name)


def _table(folder: Traversable) -> Table:
    meta = _metadata(folder)
    return Table(
        folder.name,
        meta["description"],
        tuple(read_column(raw) for raw in json.loads((folder / "schema.json").read_text("utf-8"))),
        meta["partition_by"],
        tuple(meta["cluster_by"]),
        meta.get("partition_expiration_days"),
    )


def _view(folder: Traversable) -> View:
    meta = _metadata(folder)
    sql = (folder / "view.sql").read_text("utf-8")
    return View(folder.name, meta["description"], meta["grain"], sql, meta.get("is_step", False))


def _routine(folder: Traversable) -> Routine:
    meta = _metadata(folder)
    sql = (folder / "routine.sql").read_text("utf-8")
    return Routine(folder.name, meta["description"], meta["grain"], sql, arguments=tuple(meta["arguments"].items()))


def _query(file: Traversable) -> Query:
    sql = file.read_text("utf-8")
    parameters = tuple((m["name"], m["type"], m["default"]) for m in _PARAMETER.finditer(sql))
    # Their lines stay, empty: the BigQuery emulator takes a name in a comment for one more parameter.
    bare = _PARAMETER.sub("", sql)
    return Query(file.name.removesuffix(".sql"), sql.partition("\n")[0].removeprefix("-- "), bare, parameters)


def _metadata(folder: Traversable) -> dict[str, Any]:
    return tomllib.loads((folder / "metadata.toml").read_text("utf-8"))
