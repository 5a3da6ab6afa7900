"""BigQuery executes once what a query names more than once."""

import re
from collections import Counter

import pytest
import sqlglot
from sqlglot import exp

from svcerrors import _schema
from svcerrors.warehouse._kept import kept

TWICE = """\
WITH counted AS (
  SELECT service_name, COUNT(*) AS errors -- FROM once
  FROM `obs`.errors_since(1)
  GROUP BY service_name
),

once AS (
  SELECT MAX(errors) AS errors
  FROM counted
)

SELECT counted.*
FROM counted
INNER JOIN once ON once.errors = counted.errors
"""


def test_what_is_named_twice_is_kept_and_what_is_named_once_is_not():
    """Only rows that are read again are worth to be written down."""
    made = kept(TWICE)
    assert made.startswith("WITH RECURSIVE counted AS (SELECT * FROM (\n")
    assert re.findall(r"\) UNION ALL SELECT \* FROM (\w+) WHERE FALSE\)", made) == ["counted"]


def test_each_line_stays_where_it_was():
    """BigQuery tells the line of a fault: it is that of our file."""
    assert len(kept(TWICE).splitlines()) == len(TWICE.splitlines())


def test_a_query_that_names_nothing_twice_is_left_alone():
    """What is executed once anyhow is written as we wrote it."""
    once = TWICE.replace("FROM counted\nINNER", "FROM `obs`.incidents AS counted\nINNER")
    assert kept(once) == once


@pytest.mark.parametrize("name", [name for name, view in _schema.relations().items() if "WITH " in view.sql])
def test_nothing_of_ours_is_executed_twice(name):
    """What the parse tree of a view or routine names more than once is kept: steps on steps are thousands of scans."""
    sql = _schema.relations()[name].render("obs")
    tree = sqlglot.parse_one(sql, read="bigquery")
    named = Counter(table.name for table in tree.find_all(exp.Table))
    often = {part.alias for part in tree.find_all(exp.CTE) if named[part.alias] > 1}
    assert set(re.findall(r"\) UNION ALL SELECT \* FROM `?(\w+)`? WHERE FALSE\)", kept(sql))) == often
