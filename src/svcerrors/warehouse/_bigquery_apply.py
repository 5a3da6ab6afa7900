"""What an `apply` has to do to a dataset of BigQuery."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from svcerrors._errors import WarehouseConflict
from svcerrors._schema import Column, Table, adoptions, tables
from svcerrors.warehouse import Change
from svcerrors.warehouse import _adoption as adoption
from svcerrors.warehouse import _googlesql as sql_of
from svcerrors.warehouse._drift import is_ours, upgrade
from svcerrors.warehouse._recognised import recognised
from svcerrors.warehouse._written_out import view_written_out

if TYPE_CHECKING:
    from svcerrors.warehouse._bigquery_api import Api

__all__ = ["Applying", "Step"]

Step = tuple[Change, Callable[[], None]]
"""A change, and what makes it."""


@dataclass(frozen=True, slots=True)
class Applying:
    """The steps to one dataset.

    Attributes:
        api: Asks BigQuery.
        dataset: `PROJECT.DATASET`.
        where: The store's address, for messages.
    """

    api: "Api"
    dataset: str
    where: str

    def steps(self, *, adopt: bool) -> Iterator[Step]:
        """Yield what is to be done, in order; what is there already is looked at, and nothing is changed meanwhile.

        Args:
            adopt: Make ours of a table that the team already has.

        Raises:
            WarehouseConflict: The dataset holds a table of ours with other columns.
            WarehouseUnavailable: BigQuery cannot be asked.
        """
        if not self.api.has_dataset():
            name = self.dataset.rpartition(".")[2]
            yield Change("create", name, sql_of.create_dataset(self.dataset)), self.api.create_dataset
        adopted = {name: columns for name in adoptions() if adopt and (columns := self._to_adopt(name))}
        for name, table in tables().items():
            if name in adopted:
                yield from self._adoption_steps(table, adopted[name])
            else:
                yield from self._table_steps(table)
        yield from self._view_steps()
        for name, columns in adopted.items():
            sql = adoption.as_before(tables()[name], adoptions()[name], columns, self.dataset)
            yield Change("create", name + adoption.AS_BEFORE, sql), partial(self.api.run, sql)

    def _table_steps(self, table: Table) -> Iterator[Step]:
        name = table.name
        present = self.api.columns(name)
        if present is None:
            yield self._creation(table)
        elif new := upgrade(table, present, self.where, _offer(name)):
            change = Change("upgrade", name, sql_of.alter_table(name, new.added, new.grown, self.dataset))
            yield change, partial(self.api.set_columns, name, new.columns)

    def _creation(self, table: Table) -> Step:
        sql = sql_of.create_table(table, self.dataset)
        return Change("create", table.name, sql), partial(self.api.create_table, table)

    def _to_adopt(self, name: str) -> Sequence[Column] | None:
        """Return the columns of the table that is to be adopted, or was before; None when there is none."""
        present, aside = self.api.columns(name), self.api.columns(name + adoption.ASIDE)
        if present is None or is_ours(tables()[name], present):
            return aside
        if aside is not None:
            both = f"{name} is not ours, and {name}{adoption.ASIDE} is there from before"
            raise WarehouseConflict(f"{self.where}: {both}; nothing was changed: rename one of them")
        if fault := adoption.fault(adoptions()[name], present) or self._bound(name):
            raise WarehouseConflict(f"{self.where}: {name}: {fault}; nothing was changed, give another dataset")
        return present

    def _bound(self, name: str) -> str | None:
        if not self.api.requires_filter(name):
            return None
        lift = f"ALTER TABLE `{self.dataset}`.{name} SET OPTIONS (require_partition_filter = FALSE)"
        return f"it requires a filter on its partitions, and is copied and shown whole: {lift}"

    def _adoption_steps(self, table: Table, columns: Sequence[Column]) -> Iterator[Step]:
        name = table.name
        if self.api.columns(name + adoption.ASIDE) is None:
            sql = adoption.set_aside(name, self.dataset)
            yield Change("set aside", name, sql), partial(self.api.run, sql)
            yield self._creation(table)
        else:
            yield from self._table_steps(table)
        given = (table, adoptions()[name], columns, self.dataset)
        kinds, copy = adoption.kinds(*given), adoption.copy_rows(*given)
        yield Change("copy", name, f"{kinds};\n\n{copy}"), partial(_copy, self.api, kinds, copy)

    def _view_steps(self) -> Iterator[Step]:
        for name, view in sql_of.views().items():
            body = self.api.body(view)
            if body is None or body.strip() != view_written_out(view, self.dataset):
                sql = sql_of.create_view(view, self.dataset)
                yield Change("create" if body is None else "replace", name, sql), partial(self.api.run, sql)


def _offer(name: str) -> str:
    return "give another dataset" + (", or adopt it: `svcerrors apply --adopt`" if name in adoptions() else "")


def _copy(api: "Api", kinds: str, copy: str) -> None:
    last = ""
    while found := api.query(kinds, {"after": last}).rows:
        api.run(copy, {"kinds": [recognised(*kind) for kind in found]})
        last = found[-1][0]
