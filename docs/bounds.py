"""Which days of a partitioned table a view, a table function or a question reads: read off the parse tree.

BigQuery reads a partition unless the query itself leaves it out. So wherever SQL names a table that requires a filter,
the same SELECT must compare the partition column with a time that is known before the query runs.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.simplify import simplify

from svcerrors import _schema

__all__ = ["Bound", "Unbounded", "bounds_of", "described", "tables_of"]

_DAYS = {"DAY": 1.0, "HOUR": 1 / 24}


class Unbounded(Exception):
    """A table that requires a partition filter is read without one."""


class Bound(NamedTuple):
    """A table that requires a filter, and how many days of it are read; a parameter of a question is named instead."""

    table: str
    days: float | str


def bounds_of(sql: str, arguments: Mapping[str, int] | None = None) -> Iterator[Bound]:
    """Yield what a query reads, through every view and table function that it names.

    Args:
        sql: GoogleSQL.
        arguments: The constant arguments, where it is the body of a table function.

    Raises:
        Unbounded: A table is read whole.
    """
    tree = sqlglot.parse_one(sql, read="bigquery")
    own = {part.alias for part in tree.find_all(exp.CTE)}
    for select in tree.find_all(exp.Select):
        for source in _sources(select):
            if source.db or source.name not in own:
                yield from _bounds(source, select, arguments or {})


@cache
def tables_of(sql: str) -> frozenset[str]:
    """Return the tables that a query names, through every view and table function; BigQuery bills each.

    Args:
        sql: GoogleSQL.
    """
    names = set(_names(sqlglot.parse_one(sql, read="bigquery")))
    behind = (tables_of(relation.sql) for name, relation in _schema.relations().items() if name in names)
    return frozenset(names & _schema.tables().keys()).union(*behind)


def _names(tree: exp.Expr) -> Iterator[str]:
    own = {part.alias for part in tree.find_all(exp.CTE)}
    return (one.this.name for one in tree.find_all(exp.Table) if one.db or one.name not in own)


def described(bounds: Iterator[Bound]) -> str:
    """Return bounds as a page says them, the widest of each table."""
    widest: dict[str, float | str] = {}
    for table, days in bounds:
        widest[table] = days if isinstance(days, str) else max(days, float(widest.get(table, 0)))
    said = (f"{days:g} days" if isinstance(days, float) else f"`{days}`" for days in widest.values())
    return ", ".join(f"`{table}` {days}" for table, days in zip(widest, said, strict=True))


def _sources(select: exp.Select) -> Iterator[exp.Table]:
    begin = select.args.get("from_")
    for clause in (begin, *select.args.get("joins", ())):
        if clause is not None and isinstance(clause.this, exp.Table):
            yield clause.this


def _bounds(source: exp.Table, select: exp.Select, arguments: Mapping[str, int]) -> Iterator[Bound]:
    name = source.this.name
    if name in _schema.tables():
        table = _schema.tables()[name]
        if table.partition_expiration_days:
            yield Bound(name, _days(select, table, arguments))
        return
    relation = _schema.relations().get(name)
    if isinstance(relation, _schema.Routine):
        given = [int(_constant(value, arguments).name or 0) for value in source.this.expressions]  # FALSE has no name
        yield from bounds_of(relation.sql, dict(zip(dict(relation.arguments), given, strict=True)))
    elif relation:
        yield from bounds_of(relation.sql)


def _days(select: exp.Select, table: _schema.Table, arguments: Mapping[str, int]) -> float | str:
    for condition in _conditions(select):
        match condition:
            case exp.GTE(this=exp.Column() as column, expression=exp.TimestampSub() as limit):
                if column.name == table.partition_by and isinstance(limit.this, exp.CurrentTimestamp):
                    return _span(limit, arguments)
    raise Unbounded(f"{table.name} is read without a bound on {table.partition_by}: {select.sql('bigquery')[:200]}")


def _conditions(select: exp.Select) -> Iterator[exp.Expr]:
    where = select.args.get("where")
    if where is not None:
        yield from where.this.flatten() if isinstance(where.this, exp.And) else (where.this,)


def _span(limit: exp.TimestampSub, arguments: Mapping[str, int]) -> float | str:
    amount = limit.expression.this if isinstance(limit.expression, exp.Interval) else limit.expression
    if isinstance(amount, exp.Parameter):
        return amount.name
    unit = limit.args["unit"].name if limit.args.get("unit") else limit.expression.unit.name
    return float(_constant(amount, arguments).name) * _DAYS[unit]


def _constant(value: exp.Expr, arguments: Mapping[str, int]) -> exp.Expr:
    def given(node: exp.Expr) -> exp.Expr:
        known = isinstance(node, exp.Column) and node.name in arguments
        return exp.Literal.number(arguments[node.name]) if known else node

    return simplify(value.copy().transform(given))
