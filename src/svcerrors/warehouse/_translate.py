"""GoogleSQL carried over to DuckDB, for reading only."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from svcerrors._errors import WarehouseRefused

__all__ = ["Reading", "read"]

_NAMED = (exp.Alias, exp.Column, exp.Dot, exp.Star)


@dataclass(frozen=True, slots=True)
class Reading:
    """A query in DuckDB's language, with the names of what it reads and of its parameters."""

    sql: str
    sources: frozenset[str]
    parameters: frozenset[str]


def read(sql: str) -> Reading:
    """Return a GoogleSQL query for DuckDB.

    Raises:
        WarehouseRefused: It is not one single query, or DuckDB has nothing like it.
    """
    try:
        query = _only_query(sqlglot.parse(sql, read="bigquery"))
        for join in list(query.find_all(exp.Join)):
            _unnest_fast(join)
        for call in list(query.find_all(exp.ByteLength)):
            call.replace(exp.func("strlen", call.this))  # DuckDB's own length in bytes, of UTF-8
        for division in reversed(list(query.find_all(exp.IntDiv))):  # the inner ones first
            _keep_together(division)
        return Reading(
            query.sql("duckdb", pretty=True, comments=False, unsupported_level=ErrorLevel.RAISE),
            frozenset(table.this.name for table in query.find_all(exp.Table)),
            frozenset(parameter.name for parameter in query.find_all(exp.Parameter)),
        )
    except SqlglotError as exc:
        raise WarehouseRefused(f"the query cannot be read: {str(exc).splitlines()[0]}") from exc


def _only_query(trees: Sequence[object]) -> exp.Query:
    match trees:
        case [exp.Query() as query]:
            return _named(query)
    raise WarehouseRefused("only queries: give one SELECT")


def _named(query: exp.Query) -> exp.Query:
    # BigQuery calls the columns that have no name f0_, f1_ …; DuckDB calls them by their text.
    nameless = [column for column in query.selects if not isinstance(column, _NAMED)]
    for number, column in enumerate(nameless):
        column.replace(exp.alias_(column.copy(), f"f{number}_"))
    return query


def _keep_together(division: exp.IntDiv) -> None:
    # DIV(a - b, c) would become a - b // c.
    for side in ("this", "expression"):
        division.set(side, exp.paren(division.args[side]))
    division.replace(exp.paren(division.copy()))


def _unnest_fast(join: exp.Join) -> None:
    # Of LEFT JOIN UNNEST(list) DuckDB 2.0 makes a join of all rows with all lists: 17 s for a million rows. Written as
    # a lateral SELECT, the same takes 0.3 s.
    unnest = join.this
    if join.side != "LEFT" or join.args.get("on") or not isinstance(unnest, exp.Unnest):
        return
    (items,), (name,) = unnest.expressions, unnest.args["alias"].columns
    inner = exp.select(exp.alias_(exp.Explode(this=items), name)).subquery()
    lateral = exp.Lateral(this=inner, alias=exp.TableAlias(this=exp.to_identifier(f"each_{name.name}")))
    join.replace(exp.Join(this=lateral, side="LEFT", on=exp.true()))
