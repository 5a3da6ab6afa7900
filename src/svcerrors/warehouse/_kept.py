"""BigQuery made to execute once what a query names more than once."""

import re

__all__ = ["kept"]

_EXPRESSION = re.compile(r"^(?P<start>(?:WITH )?(?P<name>`?\w+`?) AS \()(?P<body>\n.*?)^\)", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"--.*$", re.MULTILINE)


def kept(sql: str) -> str:
    """Return a query of ours, its common table expressions that are named twice or more written as recursive ones.

    BigQuery keeps the rows of recursive expressions only; any other it executes once for each place that names it
    (GoogleSQL reference, "WITH clause"), so that a few steps which name each other twice become thousands of scans. The
    recursion adds no row.

    Args:
        sql: In our layout: each expression begins and ends at the start of a line.
    """
    bare = _COMMENT.sub("", sql)
    names = {match["name"] for match in _EXPRESSION.finditer(sql)}
    often = {name for name in names if len(re.findall(rf"\b(?:FROM|JOIN)\s+{name}(?![\w`.])", bare)) > 1}
    if not often:
        return sql
    written = _EXPRESSION.sub(lambda found: _recursive(found) if found["name"] in often else found[0], sql)
    return re.sub(r"^WITH ", "WITH RECURSIVE ", written, count=1, flags=re.MULTILINE)


def _recursive(found: re.Match[str]) -> str:
    # On the lines that are there: a fault is told at its own line.
    again = f"UNION ALL SELECT * FROM {found['name']} WHERE FALSE"  # noqa: S608  # a name of ours
    return "".join((found["start"], "SELECT * FROM (", found["body"], ") ", again, ")"))
