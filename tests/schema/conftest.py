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
        """Analyze a view or a table function on what it reads; its faults are at the lines of its own file."""
        kind, made = "view", f"CREATE VIEW `obs`.{view.name} AS {view.render('obs')}"
        if isinstance(view, _schema.Routine):
            arguments = ", ".join(map(" ".join, view.arguments))
            kind, made = "routine", f"CREATE TABLE FUNCTION `obs`.{view.name}({arguments}) AS ({view.render('obs')})"
        self.take(made, f"schema/{kind}s/{view.name}/{kind}.sql")


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
