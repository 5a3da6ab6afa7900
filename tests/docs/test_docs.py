"""The pages say what the code does."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("sink_function/*.md")])


def test_generated_pages_are_up_to_date():
    """`make docs` would change nothing."""
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / "generate.py", "--check"], capture_output=True, text=True, check=False
    )

    assert done.stderr == ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    """Every relative link names a file of the checkout."""
    targets = re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8"))

    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_readme_names_every_verb():
    """A verb that no page names is a verb that no one finds."""
    from svcerrors.cli._main import cli  # noqa: PLC0415  # needed here only

    reference = (ROOT / "docs" / "cli.md").read_text("utf-8")

    assert [name for name in cli.commands if f"## svcerrors {name}" not in reference] == []
