"""svcerrors.ops.local.lines: lines become entries as Cloud Logging makes them."""

from svcerrors.ops.local.lines import Lines, payload


def gather(*lines):
    out = []
    gatherer = Lines(lambda entry, at: out.append((entry, at)))
    for number, line in enumerate(lines):
        gatherer.feed(line, number)
    gatherer.flush()
    return out


def test_special_fields_are_lifted_out_of_a_json_line():
    """severity, time and trace leave the payload; the rest stays."""
    line = (
        '{"severity": "ERROR", "time": "2026-01-25T11:00:00Z", "logging.googleapis.com/trace": "t", '
        '"message": "m", "svcerrors": {}}'
    )

    assert payload(line) == {
        "severity": "ERROR",
        "timestamp": "2026-01-25T11:00:00Z",
        "trace": "t",
        "jsonPayload": {"message": "m", "svcerrors": {}},
    }


def test_a_message_alone_becomes_text():
    """When nothing but the message is left, it is textPayload."""
    assert payload('{"severity": "INFO", "message": "m"}') == {"severity": "INFO", "textPayload": "m"}


def test_the_lines_of_a_traceback_are_one_entry():
    """Severity ERROR, and the time of its first line."""
    block = (
        "Traceback (most recent call last):",
        '  File "a.py", line 1, in f',
        "    f(",
        "      ^^^",
        "KeyError: 'k'",
    )

    assert gather("before", *block, "after") == [
        ({"textPayload": "before"}, 0),
        ({"textPayload": "\n".join(block), "severity": "ERROR"}, 1),
        ({"textPayload": "after"}, 6),
    ]


def test_a_chained_traceback_is_several_entries():
    """Each block is its own, and so is the sentence between them."""
    block = ("Traceback (most recent call last):", '  File "a.py", line 1, in f', "KeyError: 'k'")
    between = "During handling of the above exception, another exception occurred:"

    texts = [entry["textPayload"] for entry, _ in gather(*block, "", between, "", *block)]

    assert texts == ["\n".join(block), between, "\n".join(block)]
