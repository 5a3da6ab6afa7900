"""Every form in tests/corpus gives the rows beside it: what is expected of a row is a part of it."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from svcerrors import logs
from svcerrors.cli._main import cli

CORPUS = Path(__file__).parents[1] / "corpus"
ENTRIES = sorted(CORPUS.rglob("entry*.json"))
FORMS = sorted({entry.parent for entry in ENTRIES})


def load(file):
    return json.loads(file.read_text("utf-8"))


def name(file):
    return str(file.relative_to(CORPUS)).removesuffix("/entry.json").removesuffix(".json")


@pytest.mark.parametrize("file", ENTRIES, ids=name)
def test_an_entry_gives_the_rows_beside_it(file):
    expected = load(file.parent / "expect.json")
    rows = [{"table": record.table, **record.row()} for record in logs.parse(load(file))]
    parts = [{name: row[name] for name in part} for part, row in zip(expected, rows, strict=True)]
    assert expected == parts


def test_every_form_says_how_it_was_made():
    said = {form.name: (form / "made.txt").read_text("utf-8") for form in FORMS}
    assert {form: how for form, how in said.items() if not how.startswith("by ")} == {}


def test_every_interpreter_of_a_form_gives_the_same_error():
    """Type, culprit and fingerprint are the same from Python 3.6 to 3.13; only a SyntaxError's words were changed."""
    for form in FORMS:
        rows = [logs.parse(load(file))[0] for file in sorted(form.glob("entry_*.json"))]
        same = {(row.error_type, row.culprit, row.fingerprint) for row in rows}
        assert len(same) <= (2 if form.name.endswith("syntax_error_in_the_script") else 1), form.name


def test_parse_prints_the_whole_corpus_as_rows():
    """`svcerrors parse` over all of it, one JSON row a line, as many as the forms say; 1, as some were rejected."""
    lines = "".join(json.dumps(load(file)) + "\n" for file in ENTRIES)
    done = CliRunner().invoke(cli, ["parse"], input=lines)
    expected = sum(len(load(file.parent / "expect.json")) for file in ENTRIES)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.exit_code, len(rows)) == (1, expected)
    assert {next(iter(row)) for row in rows} == {"table"}


def test_the_corpus_holds_failures_signs_of_life_rejects_and_look_alikes():
    tables = [row["table"] for form in FORMS for row in load(form / "expect.json") or [{"table": None}]]
    counts = {table: tables.count(table) for table in set(tables)}
    assert counts["service_errors"] > 200
    assert counts[None] > 50
    assert min(counts.values()) >= 4


def test_no_path_of_the_machine_that_made_it_is_in_the_corpus():
    texts = {file: file.read_text("utf-8") for file in CORPUS.rglob("*.json")}
    assert [name(file) for file, text in texts.items() if re.search(r"/(?:root|work)/|\.pyenv|/tmp/tmp", text)] == []
