"""Every form in tests/corpus gives the rows beside it: what is expected of a row is a part of it."""

import json
from pathlib import Path

import pytest

from svcerrors import logs

CORPUS = Path(__file__).parents[1] / "corpus"
FORMS = sorted(entry.parent for entry in CORPUS.rglob("entry.json"))


def load(file):
    return json.loads(file.read_text("utf-8"))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: str(form.relative_to(CORPUS)))
def test_an_entry_gives_the_rows_beside_it(form):
    expected = load(form / "expect.json")
    rows = [{"table": record.table, **record.row()} for record in logs.parse(load(form / "entry.json"))]
    parts = [{name: row[name] for name in part} for part, row in zip(expected, rows, strict=True)]
    assert expected == parts


def test_the_corpus_holds_failures_signs_of_life_rejects_and_look_alikes():
    tables = [row["table"] for form in FORMS for row in load(form / "expect.json") or [{"table": None}]]
    counts = {table: tables.count(table) for table in set(tables)}
    assert counts["service_errors"] > 60
    assert min(counts.values()) >= 4
