"""The ways in which an error arrives: whole, in pieces, line by line, out of order, twice, with a severity and without.

Derived from the whole texts of the corpus, which real programs wrote.
"""

import json
import random
from pathlib import Path

import pytest

from svcerrors import logs

CORPUS = Path(__file__).parents[1] / "corpus"
SENTENCES = (
    "The above exception was the direct cause of the following exception:",
    "During handling of the above exception, another exception occurred:",
)
SYMPTOMS = {"WorkerFailedToBoot", "WorkerTimeout", "WorkerExited", "LoggedError", "SystemExit"}
"""What a server says beside the text of an error."""

# No line of these tells that it is an error: no error's name, one in the middle of a sentence, and one like any word.
NAMELESS = {"f41_node_throws_a_string", "f41_node_console_error", "f41_node_error"}


def load(file):
    return json.loads(file.read_text("utf-8"))


def is_whole(file):
    """Tell whether an entry is a text that gives one error, complete, without a severity of the host."""
    rows = load(file.parent / "expect.json")
    known = load(file)
    return (
        len(rows) == 1
        and rows[0].get("table") == "service_errors"
        and not rows[0].get("is_fragment")
        and "stderr" in known["logName"]
        and "textPayload" in known
        and "by hand" not in (file.parent / "made.txt").read_text("utf-8")
    )


WHOLE = [file for file in sorted(CORPUS.glob("*/entry*.json")) if is_whole(file)]
CHAINED = [file for file in WHOLE if any(sentence in load(file)["textPayload"] for sentence in SENTENCES)]


def name(file):
    return f"{file.parent.name}{file.stem.removeprefix('entry')}"


whole = pytest.mark.parametrize("file", WHOLE, ids=name)


def read(known, **changes):
    return logs.parse({**known, **changes})


def same(record):
    return record.error_type, record.error_message, record.fingerprint, record.culprit, record.causes


def lines(known):
    """Return the entries of a text whose lines were logged one by one."""
    texts = known["textPayload"].split("\n")
    return [{**known, "textPayload": text, "insertId": f"{known['insertId']}{at}"} for at, text in enumerate(texts)]


def types(record):
    return {record.error_type, *(cause.error_type for cause in record.causes)}


@whole
@pytest.mark.parametrize("severity", [None, "DEFAULT", "ERROR", "CRITICAL"])
def test_the_severity_of_the_host_changes_no_error(file, severity):
    """Grouped texts come as ERROR, others without any."""
    known = load(file)
    (record,) = read(known)
    (again,) = read(known, severity=severity)
    assert same(again) == same(record)
    assert again.severity == ("CRITICAL" if severity == "CRITICAL" else record.severity)


@whole
def test_an_entry_that_comes_twice_is_one_error(file):
    """At another time, over another path: the same id."""
    known = load(file)
    (record,), (again,) = read(known), read(known, receiveTimestamp="2026-01-25T23:00:00Z", severity="ERROR")
    assert again.error_id == record.error_id


@whole
@pytest.mark.parametrize("change", ["{}\n", "\n{}\n\n", "\r\n{}\r\n"], ids=["newline", "newlines", "carriage returns"])
def test_what_stands_around_a_text_changes_no_error(file, change):
    known = load(file)
    said = known["textPayload"]
    text = change.format(said.replace("\n", "\r\n") if "\r" in change else said)
    assert [same(record) for record in read(known, textPayload=text)] == [same(record) for record in read(known)]


@whole
def test_a_record_that_holds_the_text_is_the_same_error(file):
    """As `message` of a record of severity ERROR, and as its `stack_trace`."""
    known = load(file)
    (record,) = read(known)
    bare = {key: value for key, value in known.items() if key != "textPayload"}
    for payload in ({"message": known["textPayload"]}, {"message": "failed", "stack_trace": known["textPayload"]}):
        (again,) = logs.parse({**bare, "jsonPayload": payload, "severity": "ERROR"})
        assert same(again) == same(record)


@whole
def test_line_by_line_no_line_has_a_wrong_type(file):
    """A line is the error, its cause, a symptom, or nothing; the error itself is among them."""
    known = load(file)
    (record,) = read(known)
    rows = [row for entry in lines(known) for row in logs.parse(entry)]
    assert {row.error_type for row in rows} - types(record) - SYMPTOMS == set()
    assert (record.error_type in {row.error_type for row in rows}) == (file.parent.name not in NAMELESS)
    assert len({row.error_id for row in rows}) == len(rows)


@whole
def test_the_order_of_lines_changes_no_row(file):
    """What a line gives depends on no other line: it may come through another instance of the sink."""
    entries = lines(load(file))
    mixed = random.Random(7).sample(entries, len(entries))  # noqa: S311  # any order
    assert {row.error_id: same(row) for entry in entries for row in logs.parse(entry)} == {
        row.error_id: same(row) for entry in mixed for row in logs.parse(entry)
    }


@pytest.mark.parametrize("file", CHAINED, ids=name)
def test_the_pieces_of_a_chain_are_its_exceptions(file):
    """Each block an entry of its own: the last one is the error that was raised, with its own fingerprint."""
    known = load(file)
    (record,) = read(known)
    text = known["textPayload"]
    for sentence in SENTENCES:
        text = text.replace(f"\n{sentence}\n", "\0")
    rows = [row for piece in text.split("\0") for row in read(known, textPayload=piece.strip("\n"))]
    assert {row.error_type for row in rows} == types(record)
    assert (rows[-1].error_type, rows[-1].fingerprint) == (record.error_type, record.fingerprint)


@whole
def test_a_text_that_was_cut_has_no_wrong_type(file):
    """A host flushes after some lines: either half is the error, a part of its chain, or says that it is incomplete."""
    known = load(file)
    (record,) = read(known)
    texts = known["textPayload"].split("\n")
    for at in range(1, min(len(texts), 40)):
        for half in (texts[:at], texts[at:]):
            found = {row.error_type for row in read(known, textPayload="\n".join(half))}
            assert found - types(record) - SYMPTOMS - {"IncompleteTraceback"} == set()
