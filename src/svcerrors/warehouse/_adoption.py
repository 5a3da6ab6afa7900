"""Statements in GoogleSQL that make one of our tables of a table that a team already has.

The table is set aside under another name and never changed: it is the proof that nothing is lost, and where a writer
that cannot be changed today may go on to write. Its rows are copied in, names and words mapped, as often as one likes;
a view shows what came later in the table's old form.
"""

from collections.abc import Iterable, Mapping, Sequence

from svcerrors._schema import Adoption, Column, Table

__all__ = ["ASIDE", "AS_BEFORE", "as_before", "copy_rows", "fault", "set_aside"]

ASIDE, AS_BEFORE = "_adopted", "_as_before"
"""What is put behind a table's name: of the table that was there, and of the view that looks like it."""

_SCALARS = frozenset(
    ["STRING", "BOOL", "INT64", "FLOAT64", "NUMERIC", "BIGNUMERIC", "DATE", "DATETIME", "TIME", "TIMESTAMP"]
)
_TIMES = frozenset(["STRING", "DATE", "DATETIME", "TIMESTAMP"])

# Older rows would expire as they come: they stay where they are. A row that is there twice, id and all, was delivered
# twice. Different rows under one id are told apart by what they hold, and so are rows that never had an id; insert_id
# says what was copied, so that to do it again copies nothing twice, whatever was written meanwhile.
_COPY = """\
INSERT INTO {target} ({columns})
WITH theirs AS (
  SELECT *, TO_HEX(MD5(TO_JSON_STRING(t))) AS svcerrors_content
  FROM {aside} AS t
),
marked AS (
  SELECT
    *,
    {id} AS svcerrors_id,
    {mark} AS svcerrors_mark,
    DENSE_RANK() OVER (PARTITION BY {id} ORDER BY svcerrors_content) AS svcerrors_rank
  FROM theirs AS t
),
present AS (
  SELECT DISTINCT error_id, insert_id
  FROM {target}
  WHERE error_timestamp >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 400 DAY) AND source = 'adopted'
)
SELECT
  {values}
FROM marked AS t
LEFT JOIN present AS copied ON copied.insert_id = t.svcerrors_mark
LEFT JOIN present AS taken ON taken.error_id = t.svcerrors_id
WHERE copied.insert_id IS NULL AND {time} >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 399 DAY)
QUALIFY ROW_NUMBER() OVER (PARTITION BY t.svcerrors_mark ORDER BY t.svcerrors_content) = 1"""

_ID = "IF(t.svcerrors_rank = 1 AND taken.error_id IS NULL, t.svcerrors_id, t.svcerrors_id || '-' || t.svcerrors_mark)"

_FINGERPRINT = "'adopted:' || SUBSTR(TO_HEX(MD5({type} || REGEXP_REPLACE({message}, r'[0-9]+', '#'))), 1, 32)"

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
WHERE IFNULL(o.source, 'live') != 'adopted'"""

_Columns = Mapping[str, Column]


def fault(adoption: Adoption, present: Iterable[Column]) -> str | None:
    """Return why a table cannot be adopted, None when it can: a row without a time has no place in ours."""
    if _times(adoption, _by_name(present)):
        return None
    return f"no column says when: it needs one of {', '.join(adoption.names['error_timestamp'])}"


def set_aside(name: str, dataset: str) -> str:
    """Return the statement that gives a table its other name; BigQuery refuses it while rows stream in."""
    return f"ALTER TABLE `{dataset}`.{name} RENAME TO {name}{ASIDE}"


def copy_rows(table: Table, adoption: Adoption, present: Iterable[Column], dataset: str) -> str:
    """Return the statement that copies in the rows of the last 399 days that were not copied yet."""
    theirs = _by_name(present)
    values = _values(table, adoption, theirs)
    copy = "ROW_NUMBER() OVER (PARTITION BY t.svcerrors_content)"
    mark = f"'adopted-' || t.svcerrors_content || '-' || CAST({copy} AS STRING)"
    id_ = _taken(adoption, theirs).get("error_id")
    return _COPY.format(
        target=f"`{dataset}`.{table.name}",
        aside=f"`{dataset}`.{table.name}{ASIDE}",
        columns=", ".join(f"`{name}`" for name in values),
        values=",\n  ".join(f"{value} AS `{name}`" for name, value in values.items()),
        id=f"COALESCE({_cast(theirs[id_], 'STRING')}, t.svcerrors_content)" if id_ else "t.svcerrors_content",
        mark="'adopted-' || t.svcerrors_content" if id_ else mark,
        time=values["error_timestamp"],
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


def _values(table: Table, adoption: Adoption, theirs: _Columns) -> Mapping[str, str]:
    """Return what each of our columns is made of, in their order in our table."""
    types = {column.name: column.type for column in table.columns}
    taken = _taken(adoption, theirs)
    values = {ours: _mapped(theirs[name], types[ours], adoption.words.get(ours)) for ours, name in taken.items()}
    for name, literal in adoption.otherwise.items():
        values[name] = f"COALESCE({values[name]}, '{literal}')" if name in values else f"'{literal}'"
    values |= {
        "error_id": _ID,
        "insert_id": "t.svcerrors_mark",
        "error_timestamp": f"COALESCE({', '.join(_times(adoption, theirs))})",
        "occurrences": f"GREATEST(COALESCE({values.get('occurrences', '1')}, 1), 1)",
        "fingerprint": _FINGERPRINT.format(type=values["error_type"], message=values["error_message"]),
        "labels": _labels(adoption, theirs, taken, types),
        "source": "'adopted'",
    }
    return {name: values[name] for name in types if name in values}


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


def _labels(adoption: Adoption, theirs: _Columns, taken: Mapping[str, str], types: Mapping[str, str]) -> str:
    """Return an object of every column of theirs that no column of ours holds as it was."""
    whole = {name for ours, name in taken.items() if theirs[name].type == types[ours] and ours not in adoption.words}
    kept = ", ".join(f"{_exact(column)} AS `{name}`" for name, column in theirs.items() if name not in whole)
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
