"""Nasty inputs 12 to 24: what stands in locals, labels, messages and names."""

import json
import math

import pytest

from svcerrors import bind, capture_errors, capture_exception

quiet = capture_errors(reraise=False)


def labels(written):
    [line] = written()
    return line["svcerrors"]["labels"]


class Asked:
    """Notes whatever is asked of it, and does its worst."""

    def __init__(self):
        self.asked = []

    def __repr__(self):
        self.asked.append("repr")
        raise SystemExit(3)

    def __str__(self):
        self.asked.append("str")
        raise SystemExit(3)

    def __bool__(self):
        self.asked.append("bool")
        raise SystemExit(3)

    def __hash__(self):
        return 1

    def __eq__(self, other):
        self.asked.append("eq")
        raise SystemExit(3)


def test_12_to_14_no_object_is_asked_for_its_repr(written):
    """Neither a local, an argument, a member of an argument, a label nor a bound one: it could raise, exit or wait."""
    thing = Asked()

    @quiet
    def work(*_arguments):
        local = thing  # noqa: F841
        raise ValueError("about it")

    bind(bound=thing)
    work(thing, [thing])
    with capture_errors(labels={"label": thing, "deep": [{"er": thing}]}, reraise=False):
        raise ValueError("about it")
    told = [line["svcerrors"]["labels"] for line in written()]
    assert told == [{"bound": "<Asked>"}, {"bound": "<Asked>", "label": "<Asked>", "deep": [{"er": "<Asked>"}]}]
    assert thing.asked == []


def test_15_a_secret_in_a_local(capfdbinary):
    """Local variables are never told."""

    @quiet
    def work():
        password = "s3cr3t"  # noqa: F841, S105
        settings = {"api_key": "s3cr3t", "dsn": "postgres://u:s3cr3t@h"}  # noqa: F841
        raise ValueError("no")

    work()
    assert b"s3cr3t" not in capfdbinary.readouterr().out


SECRETS = (
    "postgres://u:s3cr3t@host/db",
    "Authorization: Bearer s3cr3t.s3cr3t",
    "password=s3cr3t",
    "https://host/?access_token=s3cr3t&x=1",
    '{"api_key": "s3cr3t"}',
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzM2NyM3QifQ.s3cr3t",
)


@pytest.mark.parametrize("secret", SECRETS)
def test_16_a_secret_in_a_text(secret, capfdbinary, tmp_path):
    """In a message, a cause's, a member's, a note, a label, and the source line."""
    error = ExceptionGroup(secret, [ValueError(secret), KeyError(secret)])
    error.add_note(secret)
    error.__cause__ = OSError(secret)
    capture_exception(error, said=secret, deep=[{"er": secret}], **{secret: 1})
    source = tmp_path / "main.py"
    source.write_text(f"raise ValueError({secret!r})")
    with quiet:
        exec(compile(source.read_text(), source, "exec"), {})  # noqa: S102
    lines = capfdbinary.readouterr().out
    assert lines.count(b'"code":"raise ValueError(') == 1
    assert b"s3cr3t" not in lines


def test_17_numbers_that_json_lacks(written):
    """The line is strict JSON, whoever reads it."""
    capture_exception(ValueError(math.nan), nan=math.nan, up=math.inf, down=[-math.inf])
    assert labels(written) == {"nan": "NaN", "up": "Infinity", "down": ["-Infinity"]}


def test_18_lone_surrogates(written):
    """They come back as they were."""
    capture_exception(ValueError("a\ud800b"), **{"k\udfff": "v\ud800"})
    [line] = written()
    assert line["svcerrors"]["error_message"] == "a\ud800b"
    assert line["svcerrors"]["labels"] == {"k\udfff": "v\ud800"}


def test_19_keys_that_are_no_texts(written):
    """They become texts."""
    capture_exception(ValueError(), keys={b"bytes": 1, ("a",): 2, None: 3, 4: 4, math.nan: 5})
    assert labels(written)["keys"] == {"bytes": 1, "<tuple>": 2, "None": 3, "4": 4, "NaN": 5}


def test_20_a_cycle(written):
    """It is cut where it closes."""
    cycle = {"list": []}
    cycle["list"].append(cycle)
    capture_exception(ValueError(), cycle=cycle)
    assert labels(written) == {"cycle": {"list": ["<cycle>"]}}


def test_21_a_number_of_5000_digits(written):
    """The interpreter refuses to print it."""
    capture_exception(ValueError(10**5_000), number=10**5_000)
    [line] = written()
    assert line["svcerrors"]["labels"] == {"number": "<int of 16610 bits>"}
    assert line["svcerrors"]["error_type"] == "ValueError"


def test_22_control_characters(capfdbinary):
    """One line, and the message comes back as it was."""
    message = "a\x00\x1b[31m\r\n\u2028\x85b"
    capture_exception(ValueError(message), label=message)
    line = capfdbinary.readouterr().out
    assert len(line.decode("ascii").splitlines()) == 1
    assert json.loads(line)["svcerrors"]["error_message"] == message


def test_23_a_name_that_forges_a_record(written):
    """A newline in a name is text."""
    forged = type('Evil\n{"severity":"INFO"}', (Exception,), {"__module__": 'm\n{"a":1}'})
    capture_exception(forged())
    assert len(written()) == 1


def test_24_an_exception_that_captures(written):
    """While it is read, nothing else is recorded."""

    class Capturing(Exception):
        def __str__(self):
            capture_exception(ValueError("inner"))
            capture_exception(self)
            return "outer"

    capture_exception(Capturing())
    assert [line["svcerrors"]["error_message"] for line in written()] == ["outer"]
