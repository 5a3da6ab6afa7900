"""What GoogleSQL's analyzer takes of a join, and BigQuery does not plan."""

import pytest
import sqlglot
from sqlglot import exp

from svcerrors._schema import queries, relations

STATEMENTS = {**relations(), **queries()}


def unplanned(sql):
    """Return the outer joins of a statement without an equality of columns of both sides.

    BigQuery refuses each of them: "LEFT OUTER JOIN cannot be used without a condition that is an equality of fields
    from both sides of the join" (OHDSI/Achilles#532).
    """
    joins = sqlglot.parse_one(sql, read="bigquery").find_all(exp.Join)
    return [join.sql("bigquery") for join in joins if join.side and not join.args.get("using") and not _is_equal(join)]


def _is_equal(join):
    condition = join.args.get("on") or exp.true()
    parts = condition.flatten() if isinstance(condition, exp.And) else [condition]
    return any(_is_of_both(part) for part in parts if isinstance(part, exp.EQ))


def _is_of_both(equality):
    left, right = _tables(equality.left), _tables(equality.right)
    return bool(left and right and not left & right)


def _tables(side):
    return {column.table for column in side.find_all(exp.Column)}


@pytest.mark.parametrize("name", sorted(STATEMENTS))
def test_an_outer_join_has_an_equality_of_both_sides(name):
    """Every view, function and query joins left by equality, among whatever else."""
    assert unplanned(STATEMENTS[name].sql.replace("${dataset}", "obs")) == []


@pytest.mark.parametrize(
    ("condition", "is_planned"),
    [
        ("b.x = a.x", True),
        ("b.x = a.x AND b.y > a.y", True),
        ("IFNULL(b.x, '') = IFNULL(a.x, '')", True),
        ("b.x IN (a.x, '*')", False),
        ("b.x = a.x OR b.y = a.y", False),
        ("b.x = '*'", False),
        ("b.x > a.x", False),
    ],
)
def test_a_join_by_anything_else_is_found(condition, is_planned):
    """An equality counts where it must hold, and names columns of both sides."""
    sql = f"SELECT 1 FROM a LEFT JOIN b ON {condition}"  # noqa: S608  # conditions of this file
    assert (unplanned(sql) == []) == is_planned
