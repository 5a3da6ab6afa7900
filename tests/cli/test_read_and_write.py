"""The command line, run as a user runs it: parse, ingest, apply, and the verbs that read."""

import csv
import io
import json
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.entries import entry
from support.processes import CLEAN, svcerrors

FAILING = [entry(), entry("Container called exit(1).", log="varlog%2Fsystem", severity="WARNING")]
LINES = "\n".join(json.dumps(one) for one in FAILING).encode()
ARRAY = json.dumps(FAILING, indent=2).encode()


def rows(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    where = f"duckdb:{tmp_path_factory.mktemp('cli')}/w"
    done = svcerrors("ingest", "--warehouse", where, stdin=ARRAY)
    assert (done.returncode, done.stderr) == (0, b"2 entries gave 2 rows of service_errors; see `svcerrors groups`\n")
    return where


def test_parse_reads_arrays_and_lines_alike():
    """What gcloud prints and JSON lines give the same rows, the table first."""
    of_lines, of_array = svcerrors("parse", stdin=LINES), svcerrors("parse", stdin=ARRAY)

    assert of_lines.returncode == of_array.returncode == 0
    assert rows(of_lines) == rows(of_array)
    assert [(next(iter(row)), row["table"], row["error_type"]) for row in rows(of_lines)] == [
        ("table", "service_errors", "ValueError"),
        ("table", "service_errors", "ContainerExit"),
    ]


def test_parse_reads_a_file_and_stores_nothing(tmp_path):
    """`parse FILE` leaves no warehouse behind."""
    (tmp_path / "log.json").write_bytes(LINES)

    done = svcerrors("parse", "log.json", cwd=tmp_path)

    assert len(rows(done)) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["log.json"]


def test_parse_takes_addresses_of_emails_out_where_the_environment_says_so():
    """Off by default; a text is redacted where it is read, as the library's line was where it was written."""
    text = json.dumps(entry("Traceback (most recent call last):\nLookupError: no user ada@example.com")).encode()
    told = [rows(svcerrors("parse", stdin=text, env=env)) for env in ({}, {"SVCERRORS_REDACT_EMAILS": "1"})]
    assert [row["error_message"] for (row,) in told] == ["no user ada@example.com", "no user [redacted]"]


def test_a_malformed_line_is_named_and_kept_and_the_rest_is_read():
    """One line on stderr, exit 1, and a row of the quarantine."""
    done = svcerrors("parse", stdin=LINES + b"\n{half\n")

    assert done.returncode == 1
    [line] = done.stderr.decode().splitlines()
    assert line.startswith("svcerrors: entry 3: not JSON")
    assert [row["table"] for row in rows(done)] == ["service_errors", "service_errors", "service_errors_rejected"]


def test_ingest_of_a_malformed_line_stores_the_rest(tmp_path):
    """Exit 1, the good row is there, the bad one is in quarantine."""
    done = svcerrors("ingest", stdin=b"{half\n" + LINES, cwd=tmp_path)
    counts = svcerrors(
        "query",
        "SELECT (SELECT COUNT(*) FROM service_errors) AS errors, (SELECT COUNT(*) FROM service_errors_rejected) AS bad",
        cwd=tmp_path,
    )

    assert done.returncode == 1
    assert rows(counts) == [{"errors": 2, "bad": 1}]


def test_ingesting_twice_counts_once(tmp_path):
    """The same log read again changes no count."""
    for _ in range(2):
        svcerrors("ingest", stdin=LINES, cwd=tmp_path)

    assert [row["occurrences"] for row in rows(svcerrors("groups", cwd=tmp_path))] == [1]


def test_runs_tail_and_every_health_are_listed(warehouse):
    """The newest failure, the runs, what was expected of them, and how pipeline and sink fare."""
    asked = (("tail",), ("runs",), ("runs", "--checks"), ("health", "--pipeline"), ("health", "--sink"))
    found = {words: rows(svcerrors(*words, "--warehouse", warehouse)) for words in asked}
    assert [row["error_type"] for row in found["tail",]] == ["ValueError"]
    assert found["health", "--sink"][0]["status"] in {"HEALTHY", "STALE"}
    assert found["runs",] == found["runs", "--checks"] == found["health", "--pipeline"] == []


@contextmanager
def running(*words, cwd):
    """Start a verb; yield its process, and end it whatever happens."""
    command = [sys.executable, "-m", "svcerrors", *words]
    with subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=CLEAN) as process:
        try:
            yield process
        finally:
            process.kill()


def test_ctrl_c_ends_a_query_with_one_line(tmp_path):
    """DuckDB makes an error of its own of it, which is no traceback for the one who typed it.

    One time in twenty, on a busy machine, DuckDB 2.0.1 waits for its own threads for ever (docs/limits.md): asked anew.
    """
    svcerrors("apply", cwd=tmp_path)
    ended = (interrupted(tmp_path) for _ in range(4))
    assert next(filter(None, ended), None) == (130, (b"", b"\nsvcerrors: stopped\n"))


def interrupted(tmp_path):
    """Interrupt a query; return how it ended and what it said, None if it did not end."""
    numbers = "UNNEST(GENERATE_ARRAY(1, 10000000))"
    endless = f"SELECT SUM(MOD(a * b, 7)) AS n FROM {numbers} AS a, {numbers} AS b"  # noqa: S608  # ours
    with running("query", endless, cwd=tmp_path) as asked:
        busy = Path(f"/proc/{asked.pid}/task")
        while asked.poll() is None and len(list(busy.iterdir())) < 2:  # DuckDB's threads: it has begun
            time.sleep(0.01)
        time.sleep(1)
        asked.send_signal(signal.SIGINT)
        try:
            said = asked.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            return None
        return asked.returncode, said


def test_tail_follows_until_it_is_interrupted(tmp_path):
    """What is there, then what comes, a line each, at once and once; Ctrl-C ends it without a word."""
    svcerrors("apply", cwd=tmp_path)
    with running("tail", "--follow", "--every", "0.2", "--json", cwd=tmp_path) as tail:
        for _ in range(2):
            svcerrors("ingest", stdin=LINES, cwd=tmp_path)
        line = json.loads(tail.stdout.readline())
        svcerrors("ingest", stdin=LINES, cwd=tmp_path)
        time.sleep(1)
        tail.send_signal(signal.SIGINT)
        rest = tail.communicate(timeout=30)

    assert (line["error_type"], line["symptoms"]) == ("ValueError", ["ContainerExit"])
    assert (tail.returncode, rest) == (0, (b"", b""))


def test_groups_show_and_health_tell_of_the_error(warehouse):
    """One failure, its exit folded in; shown by the beginning of its fingerprint; its service does not answer."""
    [group] = rows(svcerrors("groups", "--warehouse", warehouse))
    [shown] = rows(svcerrors("show", group["fingerprint"][3:9], "--warehouse", warehouse))
    [health] = rows(svcerrors("health", "--warehouse", warehouse))

    assert (group["error_type"], group["culprit"], group["occurrences"]) == (
        "ValueError",
        "shared/sums.py:3 in total",
        1,
    )
    assert shown["symptoms"] == ["ContainerExit"]
    assert shown["stack_trace"].endswith("ValueError: no total")
    assert (health["service_name"], health["status"]) == ("scores", "UNHEALTHY")


def test_alerts_exit_3_only_when_asked_and_severe_enough(warehouse):
    """--fail-on turns findings into exit code 3."""
    assert svcerrors("alerts", "--warehouse", warehouse).returncode == 0
    assert svcerrors("alerts", "--fail-on", "ERROR", "--warehouse", warehouse).returncode == 3
    assert svcerrors("alerts", "--fail-on", "emergency", "--warehouse", warehouse).returncode == 0


def test_forms_of_output(warehouse):
    """JSON lines off a terminal, CSV and a table on request."""
    as_csv = svcerrors("groups", "--csv", "--warehouse", warehouse).stdout.decode()
    as_table = svcerrors("groups", "--table", "--warehouse", warehouse, env={"COLUMNS": "200"}).stdout.decode()

    assert next(csv.DictReader(io.StringIO(as_csv)))["error_type"] == "ValueError"
    assert "│ ValueError" in as_table
    assert (
        svcerrors("--warehouse", warehouse, "groups", "--json").stdout
        == svcerrors("groups", env={"SVCERRORS_WAREHOUSE": warehouse}).stdout
    )


def test_query_answers_stored_questions_and_ones_own(warehouse):
    """By name with parameters, or GoogleSQL over the views."""
    named = svcerrors("query", "top_groups", "--param", "hours=1", "--warehouse", warehouse)
    own = svcerrors("query", "SELECT COUNT(*) AS n FROM incidents", "--warehouse", warehouse)

    assert [row["error_type"] for row in rows(named)] == ["ValueError"]
    assert rows(own) == [{"n": 1}]


def test_query_without_a_name_lists_the_questions(tmp_path):
    """Each with its parameters and what it answers; no warehouse is needed."""
    told = {row["name"]: row for row in rows(svcerrors("query", cwd=tmp_path))}

    assert "hours" in told["top_groups"]["parameters"].split()
    assert all(row["description"] for row in told.values())
    assert list(tmp_path.iterdir()) == []


def test_apply_twice_does_nothing_more(tmp_path):
    """The first creates, the second has nothing to say; a dry run creates nothing."""
    dry = svcerrors("apply", "--dry-run", cwd=tmp_path)
    assert not (tmp_path / ".svcerrors").exists()
    first, second = svcerrors("apply", cwd=tmp_path), svcerrors("apply", cwd=tmp_path)

    assert rows(dry) == rows(first)
    assert {"action": "create", "name": "service_errors"} in rows(first)
    assert (second.returncode, rows(second)) == (0, [])


@pytest.mark.parametrize("where", ["duckdb:w", "bigquery:my-project.errors"])
def test_apply_prints_every_statement_without_a_connection(where, tmp_path):
    """--dry-run --sql needs neither a folder nor credentials."""
    done = svcerrors("apply", "--dry-run", "--sql", "--warehouse", where, cwd=tmp_path)

    text = done.stdout.decode()
    assert done.returncode == 0
    for name in ("service_errors", "service_runs", "service_errors_rejected", "incidents", "alerts"):
        assert name in text
    assert list(tmp_path.iterdir()) == []


def test_states_are_said_on_the_command_line(tmp_path):
    """Each verb appends a row, and says who said what of which group."""
    svcerrors("ingest", stdin=LINES, cwd=tmp_path)
    [group] = rows(svcerrors("groups", cwd=tmp_path))
    said = [
        svcerrors(*words, group["fingerprint"][:8], "--by", "ann", cwd=tmp_path)
        for words in (
            ("acknowledge", "--owner", "data"),
            ("mute", "--until", "4h", "--count", "9"),
            ("resolve", "--note", "v2"),
            ("reopen",),
        )
    ]
    kept = rows(svcerrors("query", "SELECT * FROM error_states ORDER BY at", cwd=tmp_path))

    assert [done.returncode for done in said] == [0, 0, 0, 0]
    assert said[0].stderr.decode() == f"{group['fingerprint']} is acknowledged, says ann\n"
    assert [row["state"] for row in kept] == ["acknowledged", "muted", "resolved", "open"]
    assert (kept[0]["owner"], kept[1]["until_count"], kept[2]["note"]) == ("data", 9, "v2")


WRONG = {
    "unknown verb": (("frobnicate",), 2, "No such command 'frobnicate'. See `svcerrors --help`."),
    "unknown option": (("groups", "--frob"), 2, "See `svcerrors groups --help`."),
    "missing warehouse": (("groups", "--warehouse", "duckdb:nowhere"), 1, "run `svcerrors apply"),
    "address of nothing": (("groups", "--warehouse", "sqlite:x"), 2, "give duckdb:FOLDER or bigquery:PROJECT.DATASET"),
    "missing file": (("parse", "nowhere.json"), 2, "nowhere.json"),
    "unknown question": (("query", "frobs"), 2, "no stored question 'frobs': there are "),
    "unknown parameter": (("query", "top_groups", "-p", "x=1"), 2, "has no parameter 'x': it has hours"),
    "parameter of a wrong type": (("query", "top_groups", "-p", "hours=x"), 2, "hours"),
    "SQL that does not parse": (("query", "SELECT FROM WHERE"), 1, ""),
    "a column that is not there": (("query", "SELECT frob FROM incidents"), 1, "frob"),
    "a statement that writes": (("query", "DROP TABLE service_errors"), 1, "only queries"),
    "no such group": (("show", "v1:ffff"), 2, "`svcerrors groups` lists them"),
    "no such group to resolve": (("resolve", "v1:ffff"), 2, "`svcerrors groups` lists them"),
    "mute of the past": (("mute", "v1:ffff", "--until", "2020-01-01"), 2, "has ended already"),
    "mute of no time": (("mute", "v1:ffff", "--until", "soon"), 2, "is no time to come"),
    "sql without dry run": (("apply", "--sql"), 2, "--dry-run"),
    "bundle into a full folder": (("bundle", "."), 2, "is not empty: give a new folder"),
    "dev of no program": (("dev", "--", "no-such-program"), 2, "cannot start 'no-such-program'"),
}


@pytest.mark.parametrize(("arguments", "code", "words"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_one_line_and_a_code(arguments, code, words, tmp_path):
    """One line on stderr that says what to do, and the exit code of the contract."""
    (tmp_path / "something").write_text("")
    needs_store = arguments[0] in {"query", "resolve", "show"}
    if needs_store:
        svcerrors("apply", cwd=tmp_path)

    done = svcerrors(*arguments, cwd=tmp_path)

    assert done.returncode == code
    [line] = done.stderr.decode().splitlines()
    assert line.startswith("svcerrors: ")
    assert words in line
    assert done.stdout == b""
