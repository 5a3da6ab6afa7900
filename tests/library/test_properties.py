"""Anything that Python can raise, with anything beside it, is one strict line that says what it was."""

import contextlib
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import svcerrors
from svcerrors import _outbox
from svcerrors._exception import MESSAGE_LIMIT
from svcerrors._trim import LIMIT

texts = st.text(st.characters(codec=None), max_size=200) | st.sampled_from(
    ["\u2028", "\ud800", "\x00\x1b[0m\r\n", "{}"]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**3_000, 10**4_000)
    | st.floats(allow_nan=True, allow_infinity=True)
    | texts
    | st.binary(max_size=50)
    | st.dates()
    | st.decimals()
    | st.builds(object)
)
keys = texts | st.integers() | st.binary(max_size=10) | st.none() | st.tuples(st.integers())
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(keys, inner, max_size=5), max_leaves=20
)
names = st.from_regex(r"[a-z_][a-z0-9_]{0,30}", fullmatch=True).filter(
    lambda name: name not in {"exc", "handled", "fingerprint", "category", "severity"}
)
CLASSES = (ValueError, KeyError, OSError, RuntimeError, MemoryError, UnicodeError, AssertionError)


@st.composite
def graphs(draw):
    """Draw exceptions that are linked in any way: chains, cycles, groups, notes, raised or not."""
    made = [draw(st.sampled_from(CLASSES))(draw(texts)) for _ in range(draw(st.integers(1, 6)))]
    for _ in range(draw(st.integers(0, 3))):
        members = draw(st.lists(st.sampled_from(made), min_size=1, max_size=4))
        made.append(ExceptionGroup(draw(texts), members))
    for error in made:
        error.__cause__ = draw(st.none() | st.sampled_from(made))
        error.__context__ = draw(st.none() | st.sampled_from(made))
        error.__suppress_context__ = draw(st.booleans())
        for note in draw(st.lists(texts, max_size=2)):
            error.add_note(note)
        if draw(st.booleans()):
            _raise(error)
    return made[-1]


def _raise(error):
    context = error.__context__
    try:
        raise error
    except Exception:
        error.__context__ = context


@contextlib.contextmanager
def lines_of():
    """Give the lines that are written in a block."""
    lines = []
    svcerrors.uninstall()
    former = _outbox.divert(lambda line: lines.append(line) or True)
    try:
        yield lines
    finally:
        _outbox.divert(former)


def captured(error, **labels):
    """Return the error_id and the one line that is written."""
    with lines_of() as lines:
        error_id = svcerrors.capture_exception(error, **labels)
    assert len(lines) == 1
    return error_id, lines[0]


def strict(line):
    def refuse(constant):
        raise ValueError(constant)

    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert len(line) <= LIMIT
    return json.loads(line.decode("ascii"), parse_constant=refuse)


quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(message=texts)
def test_any_message_comes_back(message):
    """As it was, but for secrets: these hold none."""
    error_id, line = captured(RuntimeError(message))
    own = strict(line)["svcerrors"]
    assert (own["error_id"], own["error_type"], own["error_message"]) == (error_id, "RuntimeError", message)


@quick
@given(labels=st.dictionaries(names, values, max_size=8))
def test_any_labels_are_strict_json(labels):
    """The record is whole beside them."""
    own = strict(captured(RuntimeError("whole"), **labels)[1])["svcerrors"]
    assert own["error_message"] == "whole"
    assert "internal_error" not in own
    assert len(own.get("labels", {})) <= len(labels)


@quick
@given(error=graphs())
def test_any_graph_of_exceptions_is_one_record(error):
    """Of the exception itself, or of the leaf that it wraps; whatever is linked to it, and however."""
    own = strict(captured(error)[1])["svcerrors"]
    leaf = error
    while isinstance(leaf, ExceptionGroup) and len(leaf.exceptions) == 1:
        leaf = leaf.exceptions[0]
    said = "\n".join([str(leaf), *getattr(leaf, "__notes__", [])])
    assert own["error_type"] == type(leaf).__name__
    assert own["error_message"] == said[:MESSAGE_LIMIT]
    assert "internal_error" not in own
    assert len(own.get("causes", [])) <= 10


@quick
@given(
    name=texts.filter(bool),
    told=st.fixed_dictionaries({"key": values, "labels": st.dictionaries(names, values, max_size=8)}),
    rows=values,
    reason=values,
)
def test_any_run_is_two_strict_lines(name, told, rows, reason):
    """Whatever it is told: of one run, and the second says how it ended."""
    with lines_of() as lines, svcerrors.track_run(name, **told) as run:
        run.rows = rows
        run.fail(reason)
    own = [strict(line)["svcerrors"] for line in lines]
    assert [(one["run_id"], one["run_name"], one["status"]) for one in own] == [
        (run.run_id, name, "started"),
        (run.run_id, name, "failed"),
    ]
    assert not [one["internal_error"] for one in own if "internal_error" in one]
