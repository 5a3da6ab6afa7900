"""The statements of docs/cost.md are what BigQuery would take."""

import re
from pathlib import Path

import pytest

from support.googlesql import Catalog
from svcerrors import _schema
from svcerrors.warehouse import _googlesql

PAGE = Path(__file__).parents[2] / "docs" / "cost.md"
STATEMENTS = re.findall(r"```sql\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def catalog():
    """Return a catalog that holds all tables, routines and views."""
    made = Catalog("obs")
    for table in _schema.tables().values():
        made.take(_googlesql.create_table(table, "obs"))
    for view in _schema.relations().values():
        made.take(_googlesql.create_relation(view, "obs"))
    return made


def test_every_scheduled_query_is_googlesql(catalog):
    """Google's own analyzer takes each, in their order: what one creates, the next may write."""
    assert len(STATEMENTS) == 4
    for statement in STATEMENTS:
        catalog.take(statement.replace("${dataset}", "obs"), "docs/cost.md")
    assert {column.name for column in catalog.columns("incidents_kept")} == {
        column.name for column in catalog.columns("incidents")
    }
