"""A store on this machine: a folder of Parquet files, written and read by any number of processes at once."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from svcerrors._errors import UsageError, WarehouseConflict, WarehouseMissing, WarehouseRefused
from svcerrors._schema import Table, tables
from svcerrors.warehouse import Change, Result, Rows, Warehouse
from svcerrors.warehouse import _duckdb_engine as engine
from svcerrors.warehouse import _duckdb_sql as sql_of
from svcerrors.warehouse import _duckdb_views as views
from svcerrors.warehouse import _files as files
from svcerrors.warehouse._claims import claim
from svcerrors.warehouse._disk import replace_text
from svcerrors.warehouse._duckdb_applied import Applied
from svcerrors.warehouse._duckdb_engine import ours
from svcerrors.warehouse._rows import accept, moment
from svcerrors.warehouse._translate import read

__all__ = ["DuckDBWarehouse"]

_MARK = "applied.json"


class DuckDBWarehouse:
    """Keeps rows in a folder, and answers GoogleSQL over them.

    DuckDB locks a database file to one process, and `svcerrors dev` writes while another terminal reads: so each
    insert is a file of its own, and a query makes its tables of the files that are there.

    Args:
        folder: Where; it need not exist before `apply`.
    """

    def __init__(self, folder: str | Path) -> None:
        self._address = f"duckdb:{folder}"
        self._root = Path(folder).expanduser().absolute()

    def plan(self, *, adopt: bool = False) -> list[Change]:
        """Return what `apply` would do now.

        Raises:
            UsageError: To adopt a table is asked for: a folder holds none but ours.
            WarehouseConflict: The folder holds a table of ours with other columns.
        """
        _refuse(adopt=adopt)
        return list(self._applied().changes(self._address))

    def apply(self, *, adopt: bool = False) -> list[Change]:
        """Create the folder, or note what is new in it; return what was done.

        Raises:
            UsageError: To adopt a table is asked for: a folder holds none but ours.
            WarehouseConflict: The folder holds a table of ours with other columns; nothing was changed.
            WarehouseUnavailable: The folder cannot be written.
        """
        _refuse(adopt=adopt)
        applied = self._applied()
        if changes := list(applied.changes(self._address)):
            with ours(self._address):
                files.prepare(self._root)
                replace_text(self._root / _MARK, applied.upgraded(self._address).dump())
        return changes

    def statements(self) -> list[Change]:
        """Return the statements that make the same, empty, in a database of DuckDB's own."""
        return list(Applied().changes(self._address))

    def insert(self, table: str, rows: Rows) -> None:
        """Store `rows`; return only when they are durable.

        Raises:
            WarehouseMissing: `apply` was never done here.
            WarehouseRefused: A row does not fit the table.
            WarehouseUnavailable: The folder cannot be written.
        """
        if table not in tables():
            raise WarehouseRefused(f"there is no table {table}")
        known = tables()[table]
        accepted = accept(known, rows)
        self._require_applied()
        with ours(self._address):
            days = self._write(known, accepted)
        # The rows are safe; what hinders a merge now hinders it less at one of the next inserts.
        with suppress(*engine.FAILURES):
            files.merge_days(self._root, days, partial(_combine, known))

    @contextmanager
    def scratch(self) -> Iterator[Warehouse]:
        """Lend an empty store in a temporary folder, applied, that is gone afterwards.

        Raises:
            WarehouseUnavailable: There is no room for one.
        """
        with ours(self._address):
            folder = TemporaryDirectory(prefix="svcerrors-scratch-")
        with folder as name:
            lent = DuckDBWarehouse(name)
            lent.apply()
            yield lent

    def claim(self, key: str) -> bool:
        """Take a key, once and for all processes that ask; who asked first, by day, is kept in the folder.

        Raises:
            WarehouseMissing: `apply` was never done here.
            WarehouseUnavailable: The folder cannot be written.
        """
        self._require_applied()
        with ours(self._address):
            return claim(self._root, key)

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Result:
        """Run a GoogleSQL query.

        Raises:
            WarehouseMissing: `apply` was never done here.
            WarehouseRefused: It is no query, or it does not fit the tables.
        """
        self._require_applied()
        reading = read(sql)
        given = {name: value for name, value in (parameters or {}).items() if name in reading.parameters}
        with ours(self._address), files.reading(self._root):
            return engine.query(self._preparation(reading.sources), reading.sql, given)

    def _applied(self) -> Applied:
        path = self._root / _MARK
        try:
            with ours(self._address):
                return Applied.load(path.read_text("utf-8")) if path.exists() else Applied()
        except (ValueError, KeyError, TypeError) as exc:
            raise WarehouseConflict(f"{self._address}: {_MARK} is not ours; give another place") from exc

    def _require_applied(self) -> None:
        if not (self._root / _MARK).exists():
            raise WarehouseMissing(
                f"no warehouse at {self._address}: run `svcerrors apply` first, or `svcerrors ingest`, "
                "or give --warehouse"
            )

    def _write(self, table: Table, rows: Iterable[dict[str, Any]]) -> set[Path]:
        by_day: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            by_day[moment(row[table.partition_by]).date().isoformat()].append(row)
        with ExitStack() as scratch:
            written = {day: files.place(self._root / table.name, day) for day in by_day}
            for day, path in written.items():
                scratch.callback(path.unlink, missing_ok=True)
                engine.write(sql_of.copy_rows(table, str(path)), [json.dumps(by_day[day]), sql_of.row_shape(table)])
            files.publish(written.values())
        return {path.parent for path in written.values()}

    def _preparation(self, sources: Iterable[str]) -> Iterator[str]:
        yield from views.preparation()
        for name in sql_of.needed(sources):
            yield sql_of.view_files(tables()[name], files.files(self._root / name))
        yield f"SET allowed_directories = [{sql_of.quoted(str(self._root))}]"
        yield "SET enable_external_access = FALSE"
        yield "SET lock_configuration = TRUE"


def _refuse(*, adopt: bool) -> None:
    if adopt:
        raise UsageError("--adopt is for a dataset of BigQuery: a folder holds no table but ours")


def _combine(table: Table, paths: Sequence[str], target: Path) -> None:
    engine.write(sql_of.copy_files(table, paths, str(target)))
