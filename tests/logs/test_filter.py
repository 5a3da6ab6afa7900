"""The inclusion filter lets through what gives a row; its language is evaluated as Google's documentation says."""

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from support.entries import TRACEBACK, entry
from support.failures import chained_line_by_line, line_by_line
from support.logfilter import Filter, tokens
from svcerrors import logs
from svcerrors.logs.filter import CLAUSES, inclusion_filter
from svcerrors.logs.request import CALLERS

CORPUS = Path(__file__).parents[1] / "corpus"
FORMS = sorted(file.parent for file in CORPUS.rglob("entry.json"))
LETS_THROUGH = Filter(inclusion_filter())

# What passes and is dropped by the classifier: to tell it apart takes more than a pattern.
DROPPED = {
    "frame_of_severity_error",  # whatever has the severity ERROR passes
    "gen1_warning_on_stderr",
    "piece_java_cause",
    "piece_java_more",
    "piece_node_frame",
    "uncaught_signal_in_drain",
    "execution_cancelled",  # the control plane's few words pass
    "execution_launched",
    "ready",
    "asgi_announces",  # a line that names the level ERROR passes, also one that only announces
    "celery_announces",
    "flask_header",
    "gunicorn_header",
    "gunicorn_stops_a_worker",
    "info_line_that_names_errors",
    "logfmt_info",
    "warning_line",
    "piece_php_warning",
    "access_line_of_a_500",  # so does one that names an error, a quoted traceback, an error on stdout
    "error_printed_on_stdout",
    "quoted_by_a_record_without_severity",
    "quoted_inside_json",
    "traceback_in_an_info_line",
    "own_line_of_another_kind",  # a later version of the library may write it
}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_what_gives_a_row_goes_through(form):
    """Every form of the corpus that gives a row passes; what passes and gives none is listed."""
    one = json.loads((form / "entry.json").read_text("utf-8"))
    found = logs.parse(one)
    if any(not isinstance(record, logs.Rejected) for record in found):
        assert LETS_THROUGH(one)
    elif not found:
        assert LETS_THROUGH(one) == (form.name in DROPPED)


@pytest.mark.parametrize("kind", [line_by_line, chained_line_by_line])
def test_lines_of_a_traceback_go_through_where_they_give_a_row(kind):
    """Of a traceback that arrives line by line, the lines that say the error pass, without a severity."""
    entries = [one for _, one in kind("scores").entries]
    told = [one for one in entries if logs.parse(one)]
    assert all(LETS_THROUGH(one) for one in told)
    assert len([one for one in entries if LETS_THROUGH(one)]) <= len(told) + 1


@pytest.mark.parametrize("severity", ["DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR"])
@pytest.mark.parametrize("kind", ["error", "run", "heartbeat"])
def test_every_line_of_the_library_goes_through(severity, kind):
    """A run or a heartbeat is no error and passes all the same."""
    assert LETS_THROUGH(entry({"message": "m", "svcerrors": {"kind": kind}}, severity=severity))


def test_of_the_sink_itself_only_heartbeats_go_through():
    """Its errors would come back to it for ever."""
    own = {"service": "svcerrors-sink"}
    assert LETS_THROUGH(entry({"svcerrors": {"kind": "heartbeat"}}, severity="INFO", **own))
    assert not LETS_THROUGH(entry({"svcerrors": {"kind": "error"}}, **own))
    assert not LETS_THROUGH(entry(TRACEBACK, **own))
    assert LETS_THROUGH(entry(TRACEBACK, service="svcerrors-sink-2"))


def test_of_a_worker_pool_that_pulls_only_heartbeats_go_through():
    """Cloud Run labels its entries otherwise than those of a service; other pools are watched like any."""
    pool = {"type": "cloud_run_worker_pool", "labels": {"worker_pool_name": "svcerrors-sink", "location": "l"}}
    other = {**pool, "labels": {**pool["labels"], "worker_pool_name": "svcerrors-sink-2"}}

    assert LETS_THROUGH(entry({"svcerrors": {"kind": "heartbeat"}}, severity="INFO", resource=pool))
    assert not LETS_THROUGH(entry({"svcerrors": {"kind": "error"}}, resource=pool))
    assert not LETS_THROUGH(entry(TRACEBACK, resource=pool))
    assert LETS_THROUGH(entry(TRACEBACK, resource=other))


def test_the_alert_job_tells_of_no_error_of_its_own():
    """Its lines are of errors that are rows already: each would be one more, and raise the next alert."""
    job = {"type": "cloud_run_job", "labels": {"project_id": "p", "job_name": "svcerrors-alerts", "location": "l"}}
    other = {**job, "labels": {**job["labels"], "job_name": "svcerrors-alerts-2"}}

    assert not LETS_THROUGH(entry({"svcerrors": {"kind": "alert"}}, severity="CRITICAL", resource=job))
    assert not LETS_THROUGH(entry(TRACEBACK, resource=job))
    assert LETS_THROUGH(entry(TRACEBACK, resource=other))


def request(agent, number=0, status=200):
    http = {"status": status, "userAgent": agent, "requestUrl": "https://s.example/"}
    one = entry({}, log="requests", severity="INFO", httpRequest=http, insertId=f"id{number}")
    del one["jsonPayload"]
    return one


def test_calls_that_are_meant_to_run_are_never_sampled():
    """Every answer to Scheduler, Pub/Sub, Eventarc and Tasks passes, whatever its insertId."""
    assert all(LETS_THROUGH(request(agent, number)) for agent in CALLERS for number in range(200))


def test_answers_to_others_are_sampled_at_the_rate_that_is_given():
    """About one in fifty; none without a rate; a refusal of an ordinary caller never."""
    some = Filter(inclusion_filter(sample_rate=0.02))
    none = Filter(inclusion_filter(sample_rate=None))
    entries = [request("python-requests/2.32", number) for number in range(5_000)]
    assert 60 < sum(map(some, entries)) < 150
    assert not any(map(none, entries))
    assert not any(some(request("curl/8", number, status=404)) for number in range(5_000))


def test_the_text_is_what_the_language_takes():
    """Short enough, balanced; no backslash or apostrophe, which a shell might take; patterns that RE2 has."""
    text = inclusion_filter()
    assert len(text) < 20_000
    assert not {"\\", "'"} & set(text)
    assert all(line.count('"') % 2 == 0 for line in text.splitlines())
    for pattern in re.findall(r'=~"([^"]*)"', text):
        assert not re.search(r"\(\?[=!<P#(]|[*+?]\+", pattern)
        re.compile(pattern)


def test_lists_stand_in_parentheses():
    """`a OR b` beside an AND is told by parentheses, not by precedence."""
    depth, joined = 0, {0: set()}
    for kind, word in tokens(inclusion_filter()):
        if word == "(" and kind == "operator":
            depth += 1
            joined[depth] = set()
        elif word == ")" and kind == "operator":
            assert len(joined.pop(depth)) < 2
            depth -= 1
        elif word in {"AND", "OR"} and kind == "word":
            joined[depth].add(word)
    assert joined == {0: {"AND"}}


def test_every_clause_says_why():
    """And no two clauses say the same."""
    assert len({clause.why for clause in CLAUSES}) == len(CLAUSES)
    assert all(clause.why.endswith(".") for clause in CLAUSES)


# From https://cloud.google.com/logging/docs/view/logging-query-language: what it says of an expression, as an example.
LANGUAGE = [
    ("severity>=ERROR", {"severity": "CRITICAL"}, True),
    ("severity>=ERROR", {"severity": "WARNING"}, False),
    ("severity>=ERROR", {}, False),
    ("severity=DEFAULT", {}, True),
    ("a=x OR b=x AND c=x", {"a": "x"}, False),  # (a OR b) AND c
    ("a=x OR b=x AND c=x", {"a": "x", "c": "x"}, True),
    ("c=x AND a=x OR b=x", {"b": "x"}, False),  # c AND (a OR b)
    ("NOT a=x OR b=x", {"a": "x", "b": "x"}, True),  # (NOT a) OR b
    ("NOT a=x AND b=x", {"b": "x"}, True),
    ("a=x b=x", {"a": "x"}, False),  # side by side is AND
    ("a=(x OR y)", {"a": "y"}, True),
    ("a=(x OR y)", {"a": "z"}, False),
    ('a="Some Text"', {"a": "some text"}, True),  # comparisons ignore case
    ('a:"ME te"', {"a": "some text"}, True),
    ('a=~"Some"', {"a": "some text"}, False),  # patterns do not
    ('a=~"me t"', {"a": "some text"}, True),  # and match anywhere
    ('a=~"^me"', {"a": "some text"}, False),
    ("a:*", {"a": {"b": 1}}, True),
    ("a.b:*", {"a": {"b": 0}}, True),
    ("a.b:*", {"a": {"c": 1}}, False),
    ("a=x", {}, False),  # a field that is not there
    ("NOT a=x", {}, True),
    ("a>=50", {"a": 50}, True),
    ("a>=50", {"a": "error"}, False),
    ('a."@type":b', {"a": {"@type": "abc"}}, True),
    ("sample(id, 1)", {"id": "7"}, True),
    ("sample(id, 0)", {"id": "7"}, False),
    ("a=x -- and so on\nAND b=x", {"a": "x", "b": "x"}, True),
]


@pytest.mark.parametrize(("text", "one", "expected"), LANGUAGE, ids=str)
def test_the_language_is_evaluated_as_documented(text, one, expected):
    """What the filter's tests stand on."""
    assert Filter(text)(one) is expected


def test_a_sample_of_more_holds_the_sample_of_less():
    """The same entry is in or out at every evaluation, and what is in at 1 % is in at 2 %."""
    kept = [{n for n in range(3_000) if Filter(f"sample(id, {rate})")({"id": n})} for rate in (0.01, 0.02, 0.5)]
    assert all(less < more for less, more in pairwise(kept))


@pytest.mark.parametrize("text", ["a=x OR", "(a=x", "a=x)", "a", "AND a=x", "a=(x OR y"])
def test_what_is_no_filter_is_refused(text):
    """The evaluator does not make sense of nonsense."""
    with pytest.raises(SyntaxError):
        Filter(text)
