"""Google's own analyzer of GoogleSQL (PyPI: zetasql, the C++ code as WebAssembly), told what BigQuery would know."""

import ctypes
import hashlib
import os
import re
from functools import cache
from importlib.metadata import version
from pathlib import Path

import wasmtime
from zetasql import types as z
from zetasql.api import Analyzer
from zetasql.api.builders.tvf_builder import TVFBuilder
from zetasql.core import wasm_client
from zetasql.core.exceptions import ZetaSQLError

AT = re.compile(r"Message: (.*?)\s*\[at (\d+):(\d+)\]", re.DOTALL)


class Rejected(Exception):
    """A statement that BigQuery would not take; str() is `file:line:column: message`."""

    def __init__(self, name, line, column, message):
        super().__init__(f"{name}:{line}:{column}: {message}")


class CompiledModule:
    """Stands in for wasmtime.Module: the 28 MB of WebAssembly are compiled once (10 s), then read from a file."""

    @staticmethod
    def from_file(engine, path):
        versions = f"zetasql {version('zetasql')} wasmtime {version('wasmtime')}"
        folder = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "svcerrors-tests"
        compiled = folder / f"{hashlib.sha256(versions.encode()).hexdigest()[:16]}.cwasm"
        if not compiled.exists():
            folder.mkdir(parents=True, exist_ok=True)
            scratch = compiled.with_suffix(f".{os.getpid()}")
            scratch.write_bytes(wasmtime.Module.from_file(engine, path).serialize())
            scratch.replace(compiled)
        return wasmtime.Module.deserialize_file(engine, str(compiled))


def _write(client, pointer, data):
    ctypes.memmove(_address(client, pointer), data, len(data))


def _read(client, pointer, size):
    return ctypes.string_at(_address(client, pointer), size)


def _address(client, pointer):
    return ctypes.addressof(client.memory.data_ptr().contents) + pointer


# zetasql copies byte by byte in Python: what takes it a second takes this a millisecond.
wasm_client.WasmClient.write_bytes, wasm_client.WasmClient.read_bytes = _write, _read
wasm_client.Module = CompiledModule


class Catalog:
    """What one dataset holds; statements that create something add to it.

    Args:
        dataset: Its name, before the names of its tables; a query may leave it out.
    """

    def __init__(self, dataset):
        self._options = z.AnalyzerOptions(language_options=language(), default_timezone="UTC")
        self._options.parameter_mode = z.ParameterMode.PARAMETER_NAMED
        self._options.error_message_mode = z.ErrorMessageMode.ERROR_MESSAGE_ONE_LINE
        self._options.allow_undeclared_parameters = True
        functions = z.ZetaSQLBuiltinFunctionOptions(language_options=language())
        self._root = z.SimpleCatalog(name="root", builtin_function_options=functions)
        self._dataset = z.SimpleCatalog(name=dataset)
        self._root.catalog.append(self._dataset)

    def take(self, sql, name="sql", first_line=1):
        """Analyze one statement.

        Args:
            sql: The statement.
            name: The file that it comes from.
            first_line: The line of that file on which the statement starts.

        Raises:
            Rejected: It is wrong.
        """
        try:
            statement = Analyzer(self._options, self._root).analyze_statement(sql)
        except ZetaSQLError as exc:
            message, line, column = AT.search(exc.raw_error).groups()
            raise Rejected(name, first_line + int(line) - 1, int(column), message) from exc
        self._add(statement)

    def columns(self, name):
        """Return the columns of a table or view."""
        return next(table.column for table in self._dataset.table if table.name == name)

    def _add(self, statement):
        match type(statement).__name__:
            case "ResolvedCreateTableStmt" | "ResolvedCreateTableAsSelectStmt":
                self._add_table(statement, [(c.name, c.type) for c in statement.column_definition_list])
            case "ResolvedCreateViewStmt":
                self._add_table(statement, [(c.name, c.column.type) for c in statement.output_column_list])
            case "ResolvedCreateTableFunctionStmt":
                self._add_function(statement)

    def _add_table(self, statement, columns):
        for catalog in (self._root, self._dataset):
            catalog.table.append(
                z.SimpleTable(
                    name=statement.name_path[-1],
                    serialization_id=len(self._root.table) + len(self._dataset.table) + 1,
                    column=[z.SimpleColumn(name=name, type=kind) for name, kind in columns],
                )
            )

    def _add_function(self, statement):
        columns = [(column.name, column.column.type) for column in statement.output_column_list]
        relation = z.TVFRelation(
            column=[z.TVFRelationColumn(name=name, type=kind) for name, kind in columns], is_value_table=False
        )
        # A signature whose num_occurrences is left at 0 aborts the whole WebAssembly instance.
        arguments = zip(statement.argument_name_list, statement.signature.argument, strict=True)
        signature = z.FunctionSignature(
            argument=[_argument(name, argument.type) for name, argument in arguments],
            return_type=z.FunctionArgumentType(
                kind=z.SignatureArgumentKind.ARG_TYPE_RELATION,
                num_occurrences=1,
                options=z.FunctionArgumentTypeOptions(relation_input_schema=relation),
            ),
        )
        for catalog in (self._root, self._dataset):
            function = TVFBuilder("x").set_output_schema(columns).build()
            function.name_path = [statement.name_path[-1]]
            function.signature = signature
            catalog.custom_tvf.append(function)


def _argument(name, kind):
    return z.FunctionArgumentType(
        kind=z.SignatureArgumentKind.ARG_TYPE_FIXED,
        type=kind,
        num_occurrences=1,
        options=z.FunctionArgumentTypeOptions(
            argument_name=name, cardinality=z.FunctionEnums.ArgumentCardinality.REQUIRED
        ),
    )


@cache
def language():
    """Return the options of BigQuery's dialect."""
    options = z.LanguageOptions.maximum_features()
    options.product_mode = z.ProductMode.PRODUCT_EXTERNAL  # BigQuery's: INT64 and FLOAT64, no unsigned, no proto
    kinds = z.ResolvedNodeKind
    options.supported_statement_kinds = [
        kind for name, kind in vars(kinds).items() if name.endswith("_STMT") and isinstance(kind, kinds)
    ]
    return options
