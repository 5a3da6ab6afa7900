"""One catalog for all tests of schema/: to analyze every file takes three seconds."""

from dataclasses import dataclass, field

import pytest

from support.googlesql import Catalog, Rejected
from svcerrors import _schema
from svcerrors.warehouse import _googlesql


@dataclass
class Analyzed:
    catalog: Catalog
    faults: list[str] = field(default_factory=list)

    def take(self, *statement):
        try:
            self.catalog.take(*statement)
        except Rejected as exc:
            self.faults.append(str(exc))

    def take_relation(self, view):
        """Analyze the statement that makes a view; its faults are at the lines of the view's own file."""
        kind = "routine" if isinstance(view, _schema.Routine) else "view"
        statement, body = _googlesql.create_relation(view, "obs"), view.render("obs")
        made = _googlesql.body(view, "obs")
        above = statement[: statement.index(made)].count("\n") - body[: body.index(body.strip())].count("\n")
        self.take(statement, f"schema/{kind}s/{view.name}/{kind}.sql", 1 - above)


@pytest.fixture(scope="session")
def analyzed():
    """Return a catalog that holds all tables, routines and views, with the faults of all statements."""
    result = Analyzed(Catalog("obs"))
    for table in _schema.tables().values():
        result.take(_googlesql.create_table(table, "obs"), f"schema/tables/{table.name}/schema.json")
    for view in _schema.relations().values():
        result.take_relation(view)
    for query in _schema.queries().values():
        result.take(query.sql, f"schema/queries/{query.name}.sql")
    return result
