"""What `apply` did last to a folder; it tells what the next one has to do."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

from svcerrors._schema import Column, read_column, tables
from svcerrors.warehouse import Change
from svcerrors.warehouse import _duckdb_sql as sql_of
from svcerrors.warehouse._drift import upgrade
from svcerrors.warehouse._duckdb_views import statements

__all__ = ["Applied"]


@dataclass(frozen=True, slots=True)
class Applied:
    """The columns of each table, and the statement of each routine and view."""

    tables: dict[str, tuple[Column, ...]] = field(default_factory=dict)
    relations: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, text: str) -> "Applied":
        """Return what a text of `dump` says.

        Raises:
            ValueError, KeyError, TypeError: It is none.
        """
        said = json.loads(text)
        return cls({name: tuple(map(read_column, raw)) for name, raw in said["tables"].items()}, said["relations"])

    def dump(self) -> str:
        """Return it as text."""
        return json.dumps(asdict(self))

    def changes(self, where: str) -> Iterator[Change]:
        """Yield what is to be done.

        Raises:
            WarehouseConflict: A table has other columns than ours; `where` is told in its message.
        """
        for name, table in tables().items():
            if name not in self.tables:
                yield Change("create", name, sql_of.create_table(table))
            elif new := upgrade(table, self.tables[name], where):
                yield Change("upgrade", name, sql_of.alter_table(name, new.added, new.grown))
        for name, statement in statements().items():
            if self.relations.get(name) != statement:
                yield Change("replace" if name in self.relations else "create", name, statement)

    def upgraded(self, where: str) -> "Applied":
        """Return it with all changes done.

        Raises:
            WarehouseConflict: A table has other columns than ours.
        """
        columns = dict(self.tables)
        for name, table in tables().items():
            new = upgrade(table, columns.setdefault(name, table.columns), where)
            columns[name] = new.columns if new else columns[name]
        return Applied(columns, dict(statements()))
