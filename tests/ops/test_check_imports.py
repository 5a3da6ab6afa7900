"""svcerrors.ops.check_imports: bundles made to fail in each way, and bundles that only look so."""

import json
from textwrap import dedent

import pytest

from support.processes import svcerrors
from svcerrors._errors import SvcErrorsError, UsageError
from svcerrors.ops.check_imports import check


def make(folder, files):
    """Write a bundle: texts by path."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    return folder


def told(findings):
    return [(one.level, one.file, one.line, one.message) for one in findings]


@pytest.fixture
def checkout(tmp_path):
    """A checkout that holds shared/utils/retry.py, which its bundles may lack."""
    (tmp_path / ".git").mkdir()
    make(tmp_path, {"shared/utils/retry.py": "def retry(): ...\n"})
    return tmp_path


STATIC = {
    "a module of the checkout that the bundle lacks": (
        {"main.py": "import os\nfrom shared.utils.retry import retry\n"},
        [("error", "main.py", 2, "No module named 'shared.utils.retry'")],
    ),
    "a part of a package that the bundle has": (
        {"main.py": "import shared.utils.retry\n", "shared/__init__.py": ""},
        [("error", "main.py", 1, "No module named 'shared.utils' (asked for as shared.utils.retry)")],
    ),
    "a name that a module does not define": (
        {"main.py": "from helpers import absent, present\n", "helpers.py": "present = 1\n"},
        [("error", "main.py", 1, "No module named 'helpers.absent' (asked for as helpers)")],
    ),
    "a lazy import, two files on": (
        {
            "main.py": "import helpers\n",
            "helpers.py": "def f():\n    if True:\n        from shared.utils import retry\n",
        },
        [("error", "helpers.py", 3, "No module named 'shared.utils'")],
    ),
    "a relative import": (
        {
            "main.py": "import pkg.a\n",
            "pkg/__init__.py": "",
            "pkg/a.py": "from . import gone\nfrom .b import x\n",
            "pkg/b.py": "x = 1\n",
        },
        [("error", "pkg/a.py", 1, "No module named 'pkg.gone' (asked for as pkg)")],
    ),
    "a guarded import is a warning": (
        {"main.py": "try:\n    import shared.utils.retry\nexcept (ImportError, KeyError):\n    retry = None\n"},
        [("warning", "main.py", 2, "No module named 'shared.utils.retry'")],
    ),
    "a file that is no Python": (
        {"main.py": "import helpers\n", "helpers.py": "def (:\n"},
        [("error", "helpers.py", 1, "SyntaxError: invalid syntax")],
    ),
    "for the type checker only": (
        {"main.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import shared.utils.retry\n"},
        [],
    ),
    "a file that nothing reaches": ({"main.py": "import os\n", "attic.py": "import shared.utils.retry\n"}, []),
    "a module whose names are made when asked for": (
        {"main.py": "from helpers import anything\n", "helpers.py": "def __getattr__(name): ...\n"},
        [],
    ),
    "a requirement": ({"main.py": "import flask\nfrom google.cloud import bigquery\n"}, []),
    "a namespace package": ({"main.py": "import team.jobs.night\n", "team/jobs/night.py": ""}, []),
    "a submodule taken from its package": (
        {"main.py": "from pkg import mod\n", "pkg/__init__.py": "", "pkg/mod.py": ""},
        [],
    ),
}


@pytest.mark.parametrize(("files", "expected"), STATIC.values(), ids=STATIC)
def test_static(checkout, files, expected):
    """What the bundle should hold itself, from its files alone."""
    assert told(check(str(make(checkout / "bundle", files)), is_static=True)) == expected


def test_it_says_which_file_outside_would_have_satisfied_it(checkout):
    """The nearest one in the checkout."""
    bundle = make(checkout / "functions" / "f", {"main.py": "from shared.utils.retry import retry\n"})

    assert check(str(bundle), is_static=True)[0].satisfied_by == "shared/utils/retry.py"


def test_a_linked_folder_is_part_of_the_bundle(checkout):
    """A symbolic link to the shared folder resolves, as it does when the folder is uploaded."""
    bundle = make(checkout / "f", {"main.py": "from shared.utils.retry import retry\n"})
    (bundle / "shared").symlink_to(checkout / "shared")

    assert check(str(bundle), is_static=True) == []


@pytest.mark.timeout(180)
def test_installed(checkout):
    """In a clean environment: missing requirements, missing names, dynamic imports, and settings."""
    bundle = make(
        checkout / "bundle",
        {
            "requirements.txt": "structlog\n",
            "settings.py": "import importlib\nimportlib.import_module('made.up')\n",
            "main.py": """
                import structlog
                import functions_framework

                def handler(request):
                    import not_required.deeply
                    from structlog import get_logger, no_such_name
                    try:
                        import orjson_but_not_installed
                    except ImportError:
                        pass

                import settings
                """,
        },
    )

    assert told(check(str(bundle))) == [
        ("error", "main.py", 6, "No module named 'not_required' (asked for as not_required.deeply)"),
        ("error", "main.py", 7, "No module named 'structlog.no_such_name' (asked for as structlog)"),
        ("warning", "main.py", 9, "No module named 'orjson_but_not_installed'"),
    ]

    make(bundle, {"main.py": "import settings\n"})
    assert told(check(str(bundle))) == [
        ("error", "settings.py", 2, "importing it raises ModuleNotFoundError: No module named 'made'")
    ]

    make(bundle, {"settings.py": "import os\nURL = os.environ['NO_SUCH_URL']\n"})
    assert told(check(str(bundle))) == [("warning", "settings.py", 2, "importing it raises KeyError: 'NO_SUCH_URL'")]


def test_bad_input_is_one_line(checkout):
    """No target, no requirements."""
    bundle = make(checkout / "bundle", {"main.py": ""})

    with pytest.raises(UsageError, match=r"has no other\.py: name the module that the platform imports with --target"):
        check(str(bundle), target="other")
    with pytest.raises(SvcErrorsError, match=r"has no requirements\.txt: add one, empty if nothing is needed"):
        check(str(bundle))


def test_command_line(checkout):
    """Several bundles at once; exit 3 on errors, 0 on warnings; annotations for build services."""
    make(checkout / "bad", {"main.py": "import shared.utils.retry\n"})
    make(checkout / "good", {"main.py": "try:\n    import shared.utils.retry\nexcept ImportError:\n    pass\n"})

    both = svcerrors("check-imports", "--static", "bad", "good", cwd=checkout)
    good = svcerrors("check-imports", "--static", "good", cwd=checkout)
    github = svcerrors("check-imports", "--static", "--annotate", "github", "bad", cwd=checkout)
    build = svcerrors("check-imports", "--static", "--annotate", "cloud-build", "bad", cwd=checkout)

    assert (both.returncode, good.returncode) == (3, 0)
    assert both.stderr.splitlines() == [b"[1/2] bad: 1 error", b"[2/2] good: no errors"]
    assert [json.loads(line)["level"] for line in both.stdout.splitlines()] == ["error", "warning"]
    assert github.stdout.startswith(b"::error file=bad/main.py,line=1::No module named 'shared.utils.retry'; shared/")
    assert build.stdout.startswith(b"ERROR: bad/main.py:1: No module named")
