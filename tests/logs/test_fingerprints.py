"""What changes from one build, one run and one host to the next does not change what error a text tells of."""

import json
import re
from pathlib import Path

import pytest

from support.entries import entry
from svcerrors import logs
from svcerrors._fingerprint import normalise

CORPUS = Path(__file__).parents[1] / "corpus"
TEXTS = {
    file.parent.name: text
    for file in sorted(CORPUS.glob("[af]*_*/entry*.json"))
    if (text := json.loads(file.read_text("utf-8")).get("textPayload"))
    and len(logs.parse(json.loads(file.read_text("utf-8")))) == 1
}


def _later(found):
    return str(int(found[0]) + 4_700)


CHANGES = {
    "line numbers": (r"(?<=, line )\d+|(?<=\.(?:js|go|rb|rs|kt)[:(])\d+|(?<=\.(?:mjs|php|cpp)[:(])\d+", _later),
    "lines of java": (r"(?<=\.java:)\d+", _later),
    "the folder of a build": (r"(?<![\w.])/workspace/", "/srv/build-20260125.7/"),
    "where packages are": (r"/usr/local/lib/python3\.\d+/site-packages/", "/layers/pip/lib/python3.12/site-packages/"),
    "addresses": (r"\b0x[0-9a-f]{6,16}\b", "0x55d0aa17"),
    "what stands in quotes": (r"'home'|\"home\"", "'a word, quoted'"),
    "times": (r"\d\d:\d\d:\d\d", "23:59:59"),
    "dates": (r"\d{4}([-/])\d\d\1\d\d", r"2027\g<1>12\g<1>31"),
    "ids of processes": (r"(?<=pid:)7(?=\))|(?<=\[)7(?=\])|(?<=' \()7(?=\))", "90210"),
    "hashed names of bundles": (r"app\.3f2a91bc\.js|main\.8c1f02ab\.js", "app.77aa01ff.js"),
}
KEPT = {"hashed names of bundles": "f41_node_uncaught_in_a_bundle"}


def fingerprint(text):
    (record,) = logs.parse(entry(text, severity="DEFAULT"))
    return record.error_type, record.fingerprint


@pytest.mark.parametrize("change", [name for name in CHANGES if name not in KEPT])
@pytest.mark.parametrize("form", TEXTS)
def test_what_changes_with_every_build_and_run_is_no_part_of_it(form, change):
    """Line numbers, folders, addresses, quoted values, times, ids of processes: in the text of any language."""
    pattern, other = CHANGES[change]
    assert fingerprint(re.sub(pattern, other, TEXTS[form])) == fingerprint(TEXTS[form])


def test_a_bundle_of_another_content_is_the_same_file():
    pattern, other = CHANGES["hashed names of bundles"]
    text = TEXTS[KEPT["hashed names of bundles"]]
    assert re.search(pattern, text)
    assert fingerprint(re.sub(pattern, other, text)) == fingerprint(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("app.3f2a91bc.js", "app.0011ffee.js"),
        ("index-Bk2cX9Zq.js", "index-C7dd_1aZ.js"),
        ("vendors.3f2a91bc.chunk.js", "vendors.77aa01ff.chunk.js"),
    ],
)
def test_names_that_a_bundler_makes_are_one_name(one, other):
    text = "Error: x\n    at f (/workspace/dist/{}:1:2)"
    assert fingerprint(text.format(one)) == fingerprint(text.format(other))


@pytest.mark.parametrize(("one", "other"), [("store.js", "scores.js"), ("store-v1.js", "store.js")])
def test_other_files_are_other_errors(one, other):
    text = "Error: x\n    at f (/workspace/dist/{}:1:2)"
    assert fingerprint(text.format(one)) != fingerprint(text.format(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("game 0022500561 missing", "game 7 missing"),
        ("row 65b20002-0000-4c3d-9dde-65b2000c3dde", "row 00000000-0000-4000-8000-000000000000"),
        ("at 2026-01-25T09:30:00Z", "at 2027-12-31T23:59:59Z"),
        ("on Sun Jan 25", "on Mon Feb 2"),
        ("no table `games` in 'eu'", "no table `games` in 'us-central1'"),
        ("object at 0x7f64c0130860", "object at 0x55d0"),
        ("open /workspace/a/b/weights.csv", "open /srv/build-7/weights.csv"),
        ("took 1.25 s", "took 17.5 s"),
        ("commit 3f2a91bc", "commit 0d9e8f77aa"),
    ],
)
def test_the_variable_parts_of_a_message_are_no_part_of_it(one, other):
    assert normalise(one) == normalise(other)


def test_a_words_difference_is_a_difference():
    assert normalise("no weight for home") != normalise("no height for home")
