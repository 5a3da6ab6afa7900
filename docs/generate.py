"""Write the pages that come from the code: cli.md, forms.md, queries.md, scaling.md, tables.md, tables within others.

Usage: python docs/generate.py [--check]; with --check nothing is written, and a page that is out of date is an error.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from bounds import bounds_of, described
from cost_page import cost_tables
from forms_page import forms_page
from queries_page import queries_page
from scaling_page import scaling_page
from svcerrors import _schema
from svcerrors.cli._main import cli
from svcerrors.logs.filter import inclusion_filter

DOCS = Path(__file__).parent
BEGIN, END = "<!-- generated: begin -->\n", "<!-- generated: end -->\n"


def cli_page() -> str:
    """Return the reference of every verb, as `--help` prints it."""
    root = click.Context(cli, info_name="svcerrors", terminal_width=100, max_content_width=100, **cli.context_settings)
    return "\n".join(["# The command line\n\nGenerated from `--help`.\n", *_help(root)])


def _help(context: click.Context) -> Iterator[str]:
    """Yield the help of a verb, and of those within it."""
    yield f"## {context.command_path}\n\n```\n{context.get_help()}\n```\n"
    if isinstance(context.command, click.Group):
        for name, command in sorted(context.command.commands.items()):
            width = context.terminal_width
            yield from _help(
                click.Context(command, info_name=name, parent=context, terminal_width=width, max_content_width=width)
            )


def tables_page() -> str:
    """Return every column of every table."""
    parts = ["# Tables\n\nGenerated from `schema/tables/`.\n"]
    for table in _schema.tables().values():
        parts += [
            f"## {table.name}\n\n{table.description}\n",
            _layout(table),
            "| column | type | |\n|---|---|---|\n" + "".join(_rows(table.columns)),
        ]
    return "\n".join(parts)


def _layout(table: _schema.Table) -> str:
    clusters = ", ".join(f"`{name}`" for name in table.cluster_by)
    begin = f"Partitioned by the day of `{table.partition_by}`"
    if not table.partition_expiration_days:
        return f"{begin}, clustered by {clusters}; nothing expires.\n"
    return (
        f"{begin} (a query must filter on it; the views do), clustered by {clusters}; partitions expire after "
        f"{table.partition_expiration_days} days.\n"
    )


def _rows(columns: tuple[_schema.Column, ...], prefix: str = "") -> Iterator[str]:
    for column in columns:
        kind = column.type + {"REQUIRED": ", required", "REPEATED": ", repeated"}.get(column.mode, "")
        yield f"| `{prefix}{column.name}` | {kind} | {column.description} |\n"
        yield from _rows(column.fields, f"{prefix}{column.name}.")


def views_page() -> str:
    """Return docs/views.md with its table renewed."""
    found = _schema.relations().values()
    shown = _view_rows(view for view in found if not view.is_step)
    steps = _view_rows(view for view in found if view.is_step)
    between = "Steps of these; a local store has them as views and functions, BigQuery has them within the views:"
    head = "grain | reads | |\n|---|---|---|---|\n"
    return _renewed("views.md", f"| view | {head}{shown}\n{between}\n\n| step | {head}{steps}")


def _view_rows(found: Iterable[_schema.View]) -> str:
    return "".join(f"| `{view.name}` | {view.grain} | {_reads(view)} | {view.description} |\n" for view in found)


def _reads(view: _schema.View) -> str:
    return "what its argument says" if isinstance(view, _schema.Routine) else described(bounds_of(view.sql))


def cost_page() -> str:
    """Return docs/cost.md with its tables renewed."""
    return _renewed("cost.md", cost_tables())


def filter_page() -> str:
    """Return docs/filter.md with its filter renewed."""
    return _renewed("filter.md", f"```\n{inclusion_filter()}\n```\n")


def _renewed(name: str, generated: str) -> str:
    before, _, rest = (DOCS / name).read_text("utf-8").partition(BEGIN)
    return f"{before}{BEGIN}\n{generated}\n{END}{rest.partition(END)[2]}"


PAGES = {
    "forms.md": forms_page,
    "scaling.md": scaling_page,
    "cli.md": cli_page,
    "tables.md": tables_page,
    "views.md": views_page,
    "queries.md": queries_page,
    "cost.md": cost_page,
    "filter.md": filter_page,
}


def main() -> None:
    """Write the pages, or check them."""
    for name, make in PAGES.items():
        path, text = DOCS / name, make()
        if "--check" in sys.argv:
            if not path.exists() or path.read_text("utf-8") != text:
                sys.exit(f"docs/{name} is out of date: run `make docs`")
        else:
            path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
