"""docs/queries.md: every question with its parameters and its text."""

from bounds import bounds_of, described
from svcerrors import _schema

__all__ = ["queries_page"]

HEAD = """# Questions

Generated from `schema/queries/`. `svcerrors query NAME` answers one, on either warehouse; what `--param NAME=VALUE`
does not give has its default. A time is `2026-01-25T14:00:00Z`, or a span before now: `90m`, `24h`, `7d`. The text is
GoogleSQL: it runs in the BigQuery console as well, with the dataset as the default one and the parameters given.
"""


def queries_page() -> str:
    """Return the page."""
    return "\n".join([HEAD, *(_question(query) for query in _schema.queries().values())])


def _question(query: _schema.Query) -> str:
    given = "".join(f" --param {name}={default or '…'}" for name, _, default in query.parameters)
    call = f"    svcerrors query {query.name}{given}\n"
    said = f"{query.description} Reads {described(bounds_of(query.sql))}."
    return "\n".join([f"## {query.name}\n\n{said}\n", call, *_parameters(query), _text(query)])


def _parameters(query: _schema.Query) -> list[str]:
    rows = "".join(f"| `{name}` | {kind} | {default or 'any'} |\n" for name, kind, default in query.parameters)
    return [f"| parameter | type | default |\n|---|---|---|\n{rows}"] if rows else []


def _text(query: _schema.Query) -> str:
    comments, begin, rest = query.sql.partition("WITH " if "\nWITH " in query.sql else "SELECT")
    said = [line for line in comments.splitlines()[1:] if line]
    return "\n".join(["```sql", *said, begin + rest.rstrip(), "```\n"])
