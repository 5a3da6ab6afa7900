"""Statements in GoogleSQL that make one of our tables of a table that a team already has.

The table is set aside under another name and never changed: it is the proof that nothing is lost, and where a writer
that cannot be changed today may go on to write. Its rows are copied in, names and words mapped, as often as one likes;
a view shows what came later in the table's old form.
"""

from collections.abc import Iterable, Mapping, Sequence

from svcerrors._schema import Adoption, Column, Table

__all__ = ["ASIDE", "AS_BEFORE", "as_before", "copy_rows", "fault", "kinds", "set_aside"]

ASIDE, AS_BEFORE = "_adopted", "_as_before"
"""What is put behind a table's name: of the table that was there, and of the view that looks like it."""

_SCALARS = frozenset(
    ["STRING", "BOOL", "INT64", "FLOAT64", "NUMERIC", "BIGNUMERIC", "DATE", "DATETIME", "TIME", "TIMESTAMP"]
)
_TIMES = frozenset(["STRING", "DATE", "DATETIME", "TIMESTAMP"])

# Older rows would expire as they come: they stay where they are. A row that is there twice, id and all, was delivered
# twice. Different rows under one id are told apart by what they hold, and so are rows that never had an id; insert_id
# says what was copied, so that to do it again copies nothing twice, whatever was written meanwhile. Rows that tell of
# an error in the same words are of one kind.
_LEFT = """\
WITH theirs AS (
  SELECT *, TO_HEX(MD5(TO_JSON_STRING(t))) AS svcerrors_content
  FROM {aside} AS t
),
told AS (
  SELECT *, {type} AS svcerrors_type, {message} AS svcerrors_message, {trace} AS svcerrors_trace
  FROM theirs AS t
),
marked AS (
  SELECT
    *,
    TO_HEX(MD5(TO_JSON_STRING(STRUCT(svcerrors_type, svcerrors_message, svcerrors_trace)))) AS svcerrors_kind,
    {id} AS svcerrors_id,
    {mark} AS svcerrors_mark,
    DENSE_RANK() OVER (PARTITION BY {id} ORDER BY svcerrors_content) AS svcerrors_rank
  FROM told AS t
),
present AS (
  SELECT DISTINCT error_id, insert_id
  FROM {target}
  WHERE error_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 400 DAY)
    AND STARTS_WITH(insert_id, '{prefix}')
),
left_over AS (
  SELECT t.*, taken.error_id IS NOT NULL AS svcerrors_is_taken
  FROM marked AS t
  LEFT JOIN present AS copied ON copied.insert_id = t.svcerrors_mark
  LEFT JOIN present AS taken ON taken.error_id = t.svcerrors_id
  WHERE copied.insert_id IS NULL AND {time} >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 399 DAY)
  QUALIFY ROW_NUMBER() OVER (PARTITION BY t.svcerrors_mark ORDER BY t.svcerrors_content) = 1
)"""

_KINDS = """\
{left}
SELECT
  svcerrors_kind,
  ANY_VALUE(svcerrors_type) AS error_type,
  ANY_VALUE(svcerrors_message) AS error_message,
  ANY_VALUE(svcerrors_trace) AS stack_trace
FROM left_over
WHERE svcerrors_kind > @after
GROUP BY svcerrors_kind
ORDER BY svcerrors_kind
LIMIT {batch}"""

_COPY = """\
INSERT INTO {target} ({columns})
{left}
SELECT
  {values}
FROM left_over AS t
INNER JOIN (
  SELECT
    JSON_VALUE(one, '$.kind') AS kind,
    JSON_VALUE(one, '$.fingerprint') AS fingerprint,
    JSON_VALUE(one, '$.error_type') AS error_type,
    JSON_VALUE(one, '$.culprit') AS culprit
  FROM UNNEST(CAST(@kinds AS ARRAY<STRING>)) AS one
) AS known ON known.kind = t.svcerrors_kind"""

BATCH = 2_000
"""Kinds of errors that are read, recognised and copied at a time: a request may have 10 MB."""

_PREFIX = "adopted-"
"""How the insert_id of a row that was copied begins."""

_ID = "IF(t.svcerrors_rank = 1 AND NOT t.svcerrors_is_taken, t.svcerrors_id, t.svcerrors_id || '-' || t.svcerrors_mark)"

_VIEW = """\
CREATE OR REPLACE VIEW {view}
OPTIONS(description="{aside} as it was, and what came later in the same form.")
AS
SELECT {columns}
FROM {aside}
UNION ALL
SELECT
  {values}
FROM {unique} AS o
WHERE NOT IFNULL(STARTS_WITH(o.insert_id, '{prefix}'), FALSE)"""

_Columns = Mapping[str, Column]


def fault(adoption: Adoption, present: Iterable[Column]) -> str | None:
    """Return why a table cannot be adopted, None when it can: a row without a time has no place in ours."""
    if _times(adoption, _by_name(present)):
        return None
    return f"no column says when: it needs one of {', '.join(adoption.names['error_timestamp'])}"


def set_aside(name: str, dataset: str) -> str:
    """Return the statement that gives a table its other name; BigQuery refuses it while rows stream in."""
    return f"ALTER TABLE `{dataset}`.{name} RENAME TO {name}{ASIDE}"


def kinds(table: Table, adoption: Adoption, present: Iterable[Column], dataset: str) -> str:
    """Return the query of the next kinds of errors, after the one that @after names, that were not copied yet."""
    return _KINDS.format(left=_left(table, adoption, _by_name(present), dataset), batch=BATCH)


def copy_rows(table: Table, adoption: Adoption, present: Iterable[Column], dataset: str) -> str:
    """Return the statement that copies in the rows of some kinds: of the last 399 days, and not copied yet.

    Its parameter @kinds says of each, as JSON, in which group it belongs, its type and its culprit.
    """
    theirs = _by_name(present)
    values = _values(table, adoption, theirs)
    return _COPY.format(
        target=f"`{dataset}`.{table.name}",
        left=_left(table, adoption, theirs, dataset),
        columns=", ".join(f"`{name}`" for name in values),
        values=",\n  ".join(f"{value} AS `{name}`" for name, value in values.items()),
    )


def as_before(table: Table, adoption: Adoption, present: Iterable[Column], dataset: str) -> str:
    """Return the statement that makes the view for those who read the table as it was."""
    theirs = _by_name(present)
    ours = {column.name: column for column in table.columns}
    back = {their: our for our, their in _taken(adoption, theirs).items()}
    values = [f"{_back(column, ours.get(back.get(name, '')), adoption)} AS `{name}`" for name, column in theirs.items()]
    return _VIEW.format(
        view=f"`{dataset}`.{table.name}{AS_BEFORE}",
        aside=f"`{dataset}`.{table.name}{ASIDE}",
        unique=f"`{dataset}`.{table.name}_unique",
        columns=", ".join(f"`{name}`" for name in theirs),
        values=",\n  ".join(values),
        prefix=_PREFIX,
    )


def _left(table: Table, adoption: Adoption, theirs: _Columns, dataset: str) -> str:
    said = _said(table, adoption, theirs)
    copy = "ROW_NUMBER() OVER (PARTITION BY t.svcerrors_content)"
    id_ = _taken(adoption, theirs).get("error_id")
    mark = f"'{_PREFIX}' || t.svcerrors_content"
    return _LEFT.format(
        target=f"`{dataset}`.{table.name}",
        aside=f"`{dataset}`.{table.name}{ASIDE}",
        type=said["error_type"],
        message=said["error_message"],
        trace=said.get("stack_trace", "CAST(NULL AS STRING)"),
        id=f"COALESCE({_cast(theirs[id_], 'STRING')}, t.svcerrors_content)" if id_ else "t.svcerrors_content",
        mark=mark if id_ else f"{mark} || '-' || CAST({copy} AS STRING)",
        time=f"COALESCE({', '.join(_times(adoption, theirs))})",
        prefix=_PREFIX,
    )


def _by_name(columns: Iterable[Column]) -> _Columns:
    return {column.name: column for column in columns}


def _taken(adoption: Adoption, theirs: _Columns) -> Mapping[str, str]:
    """Return their column by ours: the first of its names that is there and holds one plain value."""
    found: dict[str, str] = {}
    for ours, names in adoption.names.items():
        for name in names:
            if name in theirs and theirs[name].type in _SCALARS and theirs[name].mode != "REPEATED":
                found.setdefault(ours, name)
    return found


def _times(adoption: Adoption, theirs: _Columns) -> Sequence[str]:
    named = (theirs[name] for name in adoption.names["error_timestamp"] if name in theirs)
    return [_cast(one, "TIMESTAMP") for one in named if one.type in _TIMES and one.mode != "REPEATED"]


def _said(table: Table, adoption: Adoption, theirs: _Columns) -> dict[str, str]:
    """Return what each of our columns is made of that theirs tell of, or that must be there."""
    types = {column.name: column.type for column in table.columns}
    taken = _taken(adoption, theirs)
    values = {ours: _mapped(theirs[name], types[ours], adoption.words.get(ours)) for ours, name in taken.items()}
    for name, literal in adoption.otherwise.items():
        values[name] = f"COALESCE({values[name]}, '{literal}')" if name in values else f"'{literal}'"
    return values


def _values(table: Table, adoption: Adoption, theirs: _Columns) -> Mapping[str, str]:
    """Return what each of our columns is made of, in their order in our table."""
    said = _said(table, adoption, theirs)
    values = said | {
        "error_id": _ID,
        "insert_id": "t.svcerrors_mark",
        "error_timestamp": f"COALESCE({', '.join(_times(adoption, theirs))})",
        "error_type": "known.error_type",
        "fingerprint": "known.fingerprint",
        "culprit": "known.culprit",
        "occurrences": f"GREATEST(COALESCE({said.get('occurrences', '1')}, 1), 1)",
        "labels": _labels(table, adoption, theirs),
        "source": "'backfill'",
    }
    return {column.name: values[column.name] for column in table.columns if column.name in values}


def _mapped(column: Column, kind: str, words: Mapping[str, Sequence[str]] | None) -> str:
    if not words:
        return _cast(column, kind)
    return _translated(f"LOWER(TRIM({_cast(column, 'STRING')}))", words)


def _translated(value: str, words: Mapping[str, Sequence[str]]) -> str:
    cases = (f"WHEN {value} IN ({', '.join(map(repr, said))}) THEN '{ours}'" for ours, said in words.items())
    return f"CASE {' '.join(cases)} END"


def _cast(column: Column, kind: str) -> str:
    value = f"t.`{column.name}`"
    return value if column.type == kind else f"SAFE_CAST({value} AS {kind})"


def _labels(table: Table, adoption: Adoption, theirs: _Columns) -> str:
    """Return an object of every column of theirs that no column of ours holds as it was."""
    types = {column.name: column.type for column in table.columns}
    taken = _taken(adoption, theirs)
    whole = {name for ours, name in taken.items() if theirs[name].type == types[ours] and ours not in adoption.words}
    values = {name: _exact(column) for name, column in theirs.items() if name not in whole}
    if (their_type := taken.get("error_type")) in whole:  # a stack trace may have told it better
        values[str(their_type)] = f"NULLIF({_exact(theirs[str(their_type)])}, known.error_type)"
    kept = ", ".join(f"{value} AS `{name}`" for name, value in values.items())
    return f"JSON_STRIP_NULLS(TO_JSON(STRUCT({kept})))" if kept else "CAST(NULL AS JSON)"


def _exact(column: Column) -> str:
    is_wide = column.type in {"NUMERIC", "BIGNUMERIC"} and column.mode != "REPEATED"
    return _cast(column, "STRING" if is_wide else column.type)  # a number of JSON may have fewer digits


def _back(column: Column, ours: Column | None, adoption: Adoption) -> str:
    if ours is not None:
        value = f"o.`{ours.name}`"
        words = adoption.before.get(ours.name)
        value = _translated(value, words) if words else value
        return value if ours.type == column.type else f"SAFE_CAST({value} AS {column.type})"
    if column.mode == "REPEATED" or column.type not in _SCALARS:
        return "NULL"
    return f"SAFE_CAST(JSON_VALUE(o.labels, '$.{column.name}') AS {column.type})"
