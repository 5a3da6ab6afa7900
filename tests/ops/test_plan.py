"""What a deployment would make, and what it costs, before anything is made."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.deploying import DEPLOY, SCRIPT
from support.processes import svcerrors
from svcerrors._errors import UsageError
from svcerrors.ops import costs
from svcerrors.ops.plan import costs_of, script, steps


def test_its_commands_are_those_of_the_script():
    """Word for word what deploy.sh prints, its lines joined: there is no second copy."""
    printed = subprocess.run(["bash", SCRIPT, *DEPLOY, "--dry-run"], capture_output=True, text=True, check=True).stdout
    words = [word for line in printed.splitlines() if not line.startswith("#") for word in line.split() if word != "\\"]

    assert script() == SCRIPT
    assert [word for step in steps(DEPLOY) for command in step.commands for word in command.split()] == words


def test_every_step_says_why():
    """A reason stands before each group of commands; the last one is what to do next."""
    found = steps(DEPLOY)

    assert all(step.why.endswith((".", "svcerrors")) for step in found), [step.why for step in found]
    assert [step.why for step in found if not step.commands] == [found[-1].why]


def test_what_the_script_refuses_is_one_line():
    """The script judges its options, also here."""
    with pytest.raises(UsageError, match=r"^there is no option --projekt: --help lists them$"):
        steps(("--projekt", "team"))


def test_costs_are_those_of_the_table():
    """10 entries a second: the parts of push and insertAll, the alert job, and their sum."""
    lines = dict(costs_of(10, 2))

    assert lines["Pub/Sub, published and delivered"] == pytest.approx(7.33, abs=0.01)
    assert lines["Cloud Run, requests"] == pytest.approx((25.92 - 2) * 0.4)
    assert lines["Cloud Run, alert job: CPU and memory"] == pytest.approx(21_600 * 60 * (18e-6 + 0.5 * 2e-6))
    assert lines["together"] == pytest.approx(sum(lines.values()) - lines["together"])
    assert lines["together"] == pytest.approx(costs.total(costs.WAYS["push, insertAll"], 10))


def test_nothing_costs_little():
    """Without an error there is the alert job alone, and the tables that it looks into: what is free is not billed."""
    assert [line.what for line in costs_of(0, 2) if line.dollars] == [
        "Cloud Run, alert job: CPU and memory",
        "BigQuery, what the alert job reads",
        "together",
    ]


def test_the_verb_prints_commands_then_costs():
    """Off a terminal one JSON line for each, and on stderr how to do it."""
    done = svcerrors("plan", *DEPLOY, "--rate", "10", "--alert-minutes", "5")
    rows = [json.loads(line) for line in done.stdout.splitlines()]

    assert [row["kind"] for row in rows] == sorted(row["kind"] for row in rows)
    assert any("*/5 * * * *" in row["command"] for row in rows if row["kind"] == "command")
    assert rows[-1]["what"] == "together"
    assert f" bash {SCRIPT} " in done.stderr.decode()


def test_the_way_back_costs_nothing():
    """--undo is planned as well."""
    done = svcerrors("plan", "--project", "team", "--region", "europe-west1", "--undo")

    assert {json.loads(line)["kind"] for line in done.stdout.splitlines()} == {"command"}


def test_it_names_the_python_that_has_svcerrors():
    """Where python3 is another one, the script would not find what it calls."""
    here = Path(sys.executable).parent
    told = [
        svcerrors("plan", *DEPLOY, env={"PATH": path}).stderr.decode()
        for path in (f"{here}:/usr/bin:/bin", "/usr/bin:/bin")
    ]

    assert told[0].startswith("to do it: bash ")
    assert told[1].startswith(f"to do it: PYTHON={sys.executable} bash ")
