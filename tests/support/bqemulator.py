"""The bqemulator of PyPI as a real server: the official client speaks to it over HTTP."""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

CHECKOUT = Path(__file__).parents[2]
START_SECONDS = 60
LISTENS = re.compile(rb'"port": (\d+), "event": "rest.listen"')

# The emulator does not start without DuckDB's spatial extension, which it would fetch from the network; of
# ARRAY_AGG(DISTINCT x IGNORE NULLS) bqemulator 1.4.0 makes a filter on "DISTINCT x", which does not parse; of ALTER
# TABLE … RENAME TO its catalogue, which the tables API shows, learns nothing; before it translates a query it looks for
# the types of columns, and while at it loses columns that are records; and for policies on rows, of which there are
# none here, it writes every view into every query, until `alerts` takes half a minute. It parses a statement
# some ten times: once is enough, and an apply takes a third less. Of a name that two parts of a query give to a window
# each, DuckDB 1 says that it is taken. AT TIME ZONE it writes as a call that it then cannot read. And trees of that
# size keep Python's collector of cycles busy.
START = """
import gc
import itertools
import pathlib
import re
import duckdb, duckdb_extension_spatial
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.generator import Generator
from sqlglot.generators.bigquery import BigQueryGenerator
from bqemulator.__main__ import main
from bqemulator.jobs import executor
from bqemulator.sql import inner_query, translator
from bqemulator.sql.rewriter import aggregate_variants

(extension,) = pathlib.Path(duckdb_extension_spatial.__file__).parent.rglob("spatial.duckdb_extension")
duckdb.sql(f"INSTALL '{extension}'")

filter_target = aggregate_variants._filter_target

def without_distinct(operand):
    target = filter_target(operand)
    return target.expressions[0] if isinstance(target, exp.Distinct) else target

aggregate_variants._filter_target = without_distinct

RENAME = re.compile(r"ALTER TABLE `([^.]+)[.]([^`]+)`[.](\\w+) RENAME TO (\\w+)")
sync_dropped = executor.sync_dropped_object

def sync(sql, project, context):
    sync_dropped(sql, project, context)
    if renamed := RENAME.fullmatch(sql):
        *where, old, new = renamed.groups()
        table = context.catalog.get_table(*where, old)
        context.catalog.create_table(table.model_copy(update={"table_id": new}))
        context.catalog.delete_table(*where, old)

executor.sync_dropped_object = sync
parse = Dialect.parse
parsed = {}
numbers = itertools.count()

def name_windows(tree):
    for select in tree.find_all(exp.Select):
        new = {window.name: f"{window.name}_{next(numbers)}" for window in select.args.get("windows") or ()}
        for window in select.find_all(exp.Window) if new else ():
            for part in ("this", "alias"):
                name = window.args.get(part)
                if isinstance(name, exp.Identifier) and name.name in new and window.find_ancestor(exp.Select) is select:
                    window.set(part, exp.to_identifier(new[name.name]))
    return tree

def parse_once(self, sql, **options):
    asked = (type(self), sql, repr(options))
    if asked not in parsed:
        parsed[asked] = [tree and name_windows(tree) for tree in parse(self, sql, **options)]
    return [tree and tree.copy() for tree in parsed[asked]]

Dialect.parse = parse_once
translator.SQLTranslator._annotate_tree = staticmethod(lambda tree, schema: tree)
inner_query.rewrite_for_row_access = lambda sql, **_: sql
BigQueryGenerator.attimezone_sql = Generator.attimezone_sql
gc.set_threshold(1_000_000, 10)
main()
"""


def find_python() -> Path:
    """Return the interpreter that has bqemulator; skip where there is none, fail where CI should have made one."""
    python = Path(os.environ.get("SVCERRORS_BQEMULATOR_PYTHON", CHECKOUT / ".venv-bqemulator/bin/python"))
    if not python.exists():
        reason = f"no bqemulator: {python} is not there (`make` creates it, SVCERRORS_BQEMULATOR_PYTHON names another)"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    return python


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """Run an emulator on a free port; yield what BIGQUERY_EMULATOR_HOST is to be.

    Args:
        home: An empty folder; the emulator keeps its DuckDB extensions there.
    """
    command = [find_python(), "-c", START, "start", "--rest-port=0", "--grpc-port=0", "--log-format=json"]
    with (home / "log").open("w+b") as log:
        process = subprocess.Popen(command, env={**os.environ, "HOME": str(home)}, stdout=log, stderr=log)
        try:
            yield f"http://127.0.0.1:{_port(process, log)}"
        finally:
            process.terminate()
            process.wait()


def _port(process: subprocess.Popen[bytes], log: IO[bytes]) -> int:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if found := LISTENS.search(Path(log.name).read_bytes()):
            return int(found[1])
        time.sleep(0.05)
    raise AssertionError(f"bqemulator does not listen: {Path(log.name).read_text()[-2000:]}")
