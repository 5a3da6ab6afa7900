"""svcerrors.ops.check_imports: bundles made to fail in each way, and bundles that only look so."""

import json
import zipfile
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from textwrap import dedent

import pytest
import yaml

from support.processes import svcerrors
from svcerrors._errors import UsageError
from svcerrors.ops.check_imports import check

ROOT = Path(__file__).parents[3]


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


RETRY = "    import shared.utils.retry\n"

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
        [("error", "main.py", 1, "No module named 'helpers.absent', and 'helpers' defines no 'absent'")],
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
        [("error", "pkg/a.py", 1, "No module named 'pkg.gone', and 'pkg' defines no 'gone'")],
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
    "a requirement": (
        {"main.py": "import flask\nfrom google.cloud import bigquery\n", "requirements.txt": "google-cloud-bigquery\n"},
        [],
    ),
    "a namespace package": ({"main.py": "import team.jobs.night\n", "team/jobs/night.py": ""}, []),
    "a submodule taken from its package": (
        {"main.py": "from pkg import mod\n", "pkg/__init__.py": "", "pkg/mod.py": ""},
        [],
    ),
    "for the type checker only, by another name": (
        {"main.py": "import typing as t\nif t.TYPE_CHECKING:\n" + RETRY + "else:\n    import shared.x\n"},
        [("error", "main.py", 5, "No module named 'shared.x'")],
    ),
    "not for the type checker": (
        {"main.py": "from typing import TYPE_CHECKING\nif not TYPE_CHECKING:\n    import shared.utils.retry\n"},
        [("error", "main.py", 3, "No module named 'shared.utils.retry'")],
    ),
    "another version of Python": (
        {"main.py": "import sys\nif sys.version_info < (3, 9):\n    import shared.utils.retry\nelse:\n    import os\n"},
        [],
    ),
    "this version of Python": (
        {"main.py": "import sys\nif sys.version_info >= (3, 9) and sys.version_info[0] == 3:\n" + RETRY},
        [("error", "main.py", 3, "No module named 'shared.utils.retry'")],
    ),
    "another platform": (
        {"main.py": "import sys\nif sys.platform == 'win32' or sys.platform.startswith('cygwin'):\n" + RETRY},
        [],
    ),
    "a condition that only the run decides": (
        {"main.py": "import os\nif os.environ.get('X'):\n    import os\nelif 0:\n    import a\nelse:\n" + RETRY},
        [("error", "main.py", 7, "No module named 'shared.utils.retry'")],
    ),
    "guarded by ModuleNotFoundError": (
        {"main.py": "try:\n    import shared.utils.retry\nexcept ModuleNotFoundError:\n    pass\n"},
        [("warning", "main.py", 2, "No module named 'shared.utils.retry'")],
    ),
    "guarded by suppress": (
        {"main.py": "import contextlib\nwith contextlib.suppress(ImportError):\n    import shared.utils.retry\n"},
        [("warning", "main.py", 3, "No module named 'shared.utils.retry'")],
    ),
    "guarded, and given up": (
        {"main.py": "try:\n" + RETRY + "except ImportError as exc:\n    raise RuntimeError from exc\n"},
        [("error", "main.py", 2, "No module named 'shared.utils.retry'")],
    ),
    "in the else of a guard": (
        {"main.py": "try:\n    import os\nexcept ImportError:\n    pass\nelse:\n    import shared.utils.retry\n"},
        [("error", "main.py", 6, "No module named 'shared.utils.retry'")],
    ),
    "a remedy that is not needed": (
        {"main.py": "try:\n    import helpers\nexcept ImportError:\n    import shared.utils.retry\n", "helpers.py": ""},
        [],
    ),
    "a remedy that is missing too": (
        {
            "main.py": "try:\n    from pkg import gone\nexcept ImportError:\n    import shared.utils.retry\n",
            "pkg/__init__.py": "",
        },
        [
            ("error", "main.py", 4, "No module named 'shared.utils.retry'"),
            ("warning", "main.py", 2, "No module named 'pkg.gone', and 'pkg' defines no 'gone'"),
        ],
    ),
    "import_module of a literal": (
        {"main.py": "import importlib\ndef f():\n    return importlib.import_module('shared.utils.retry')\n"},
        [("error", "main.py", 3, "No module named 'shared.utils.retry'")],
    ),
    "import_module of a relative literal": (
        {
            "main.py": "import pkg.a\n",
            "pkg/__init__.py": "",
            "pkg/a.py": "from importlib import import_module\nx = [import_module('.gone', __package__)]\n",
        },
        [("error", "pkg/a.py", 2, "No module named 'pkg.gone'")],
    ),
    "__import__": (
        {"main.py": "@__import__('shared.utils.retry').retry\ndef f(x=__import__('os')): ...\n"},
        [("error", "main.py", 1, "No module named 'shared.utils.retry'")],
    ),
    "import_module of what only the run knows": (
        {"main.py": "import importlib\nimportlib.import_module(input())\n"},
        [],
    ),
    "a relative import beyond the top": (
        {"main.py": "import pkg.a\n", "pkg/__init__.py": "", "pkg/a.py": "from ... import x\n"},
        [("error", "pkg/a.py", 1, "a relative import that leads out of every package")],
    ),
    "a relative import in a target": (
        {"main.py": "from . import helpers\n", "helpers.py": ""},
        [("error", "main.py", 1, "a relative import that leads out of every package")],
    ),
    "an older copy of a module": (
        {"main.py": "from shared.utils.retry import newer\n", "shared/utils/retry.py": "older = 1\n"},
        [
            (
                "error",
                "main.py",
                1,
                "No module named 'shared.utils.retry.newer', and 'shared.utils.retry' defines no 'newer'",
            )
        ],
    ),
    "names that a text hardly tells": (
        {
            "main.py": "from helpers import a, b, c, d, __name__ as e\n",
            "helpers.py": """
                import os as a
                try: ...
                except ValueError as b: ...
                match a:
                    case [*c]: ...
                    case d: ...
                """,
        },
        [],
    ),
    "names that are made by a call": ({"main.py": "from helpers import a\n", "helpers.py": "globals()['a'] = 1\n"}, []),
    "a part of a namespace that another may bring": (
        {"main.py": "from team.jobs import day\n", "team/jobs/night.py": "", "requirements.txt": "team-jobs-day\n"},
        [],
    ),
    "a package that extends its path": (
        {
            "main.py": "import pkg.far\n",
            "pkg/__init__.py": "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n",
            "requirements.txt": "pkg-far\n",
        },
        [],
    ),
    "an extension module": (
        {"main.py": "from pkg import fast\n", "pkg/__init__.py": "", f"pkg/fast{EXTENSION_SUFFIXES[0]}": ""},
        [],
    ),
    "names beyond ASCII": (
        {"main.py": "from größe import maß, 数\n", "größe.py": "maß = 1\n"},
        [("error", "main.py", 1, "No module named 'größe.数', and 'größe' defines no '数'")],
    ),
    "a NUL in a file": (
        {"main.py": "import helpers\n", "helpers.py": "\0"},
        [("error", "helpers.py", 1, "SyntaxError: source code string cannot contain null bytes")],
    ),
    "a circle": ({"main.py": "import a\n", "a.py": "import b\n", "b.py": "import a\n"}, []),
}


@pytest.mark.parametrize(("files", "expected"), STATIC.values(), ids=STATIC)
def test_static(checkout, files, expected):
    """What the bundle should hold itself, from its files alone."""
    assert told(check(str(make(checkout / "bundle", files)), is_static=True)) == expected


def test_it_says_which_file_outside_would_have_satisfied_it(checkout):
    """The nearest one in the checkout."""
    bundle = make(checkout / "functions" / "f", {"main.py": "from shared.utils.retry import retry\n"})

    assert check(str(bundle), is_static=True)[0].satisfied_by == "shared/utils/retry.py"


REQUIRED = {
    "nothing is required": ("", "import bs4\n", ["No module named 'bs4'"]),
    "comments, options and other files alone require nothing": (
        "# bs4\n--index-url https://example.com/bs4\n\n-r more.txt\n",
        "import bs4\n",
        ["No module named 'bs4'"],
    ),
    "a guarded one is a warning": (
        "",
        "try:\n    import bs4\nexcept ImportError:\n    bs4 = None\n",
        ["No module named 'bs4'"],
    ),
    "a requirement bears the name": (
        "PyYAML==6.0.2  # why\npython-dateutil>=2; python_version < '4'\ngoogle-cloud-bigquery[all]\n-e ./lib/own\n",
        "import yaml\nfrom dateutil.parser import parse\nfrom google.cloud import bigquery\nimport own.part\n",
        [],
    ),
    "what a requirement is known to give": (
        "beautifulsoup4\nscikit_learn[all]\nflask\ngoogle-cloud-secret-manager\n",
        "import bs4, sklearn.metrics, jinja2\nfrom google.cloud import secretmanager_v1\nimport google.auth.jwt\n",
        [],
    ),
    "a path, a wheel, an address, a repository": (
        "./one\n./two_kit-1.2-py3-none-any.whl\nhttps://x/three-0.1.tar.gz\ngit+https://x/y/four.git@v1\nfive @ file:///z\n",
        "import one, two_kit, three, four, five\n",
        [],
    ),
    "a name that is only part of a requirement's": (
        "google-auth\nrequests-toolbelt\n",
        "import auth\nimport belt\n",
        [
            "not judged: no requirement is known to give 'auth'; without --static it is looked for",
            "not judged: no requirement is known to give 'belt'; without --static it is looked for",
        ],
    ),
    "another client of the same namespace": (
        "google-cloud-bigquery\n",
        "from google.cloud import bigquery, storage\nimport google.auth\n",
        ["not judged: no requirement is known to give 'google.cloud.storage'; without --static it is looked for"],
    ),
    "none bears it, and any may bring it": (
        "beautifulsoup4==4.13\n",
        "import odd\ndef f():\n    import odd.element\n",
        ["not judged: no requirement is known to give 'odd'; without --static it is looked for"],
    ),
    "a guarded one of these is well": (
        "structlog\n",
        "try:\n    import bs4\nexcept ImportError:\n    bs4 = None\n",
        [],
    ),
    "the build brings functions-framework": (
        "",
        "import flask\nimport functions_framework\nfrom google.cloud.functions.context import Context\n",
        [],
    ),
    "and not the rest of its namespace": (
        "",
        "from google.cloud import bigquery\n",
        ["No module named 'google.cloud'"],
    ),
}


@pytest.mark.parametrize(("requirements", "main", "expected"), REQUIRED.values(), ids=REQUIRED)
def test_what_no_requirement_gives(tmp_path, requirements, main, expected):
    """Without requirements it is missing; with some, the files do not tell of a name that none bears."""
    there = dict.fromkeys(("more.txt", "lib/own/setup.py", "one/setup.py", "two_kit-1.2-py3-none-any.whl"), "")
    bundle = make(tmp_path / "f", {"main.py": main, "requirements.txt": requirements, **there})

    assert [one.message for one in check(str(bundle), is_static=True)] == expected


def test_a_container_gets_no_functions_framework(tmp_path):
    """Nobody installs it there but the requirements."""
    bundle = make(tmp_path / "f", {"main.py": "import flask\n", "Procfile": ""})

    assert told(check(str(bundle), is_static=True)) == [("error", "main.py", 1, "No module named 'flask'")]


def test_without_a_checkout_the_folder_around_is_searched(tmp_path):
    """An unpacked archive has its shared folder there, too."""
    make(tmp_path, {"shared/utils/retry.py": "def retry(): ...\n"})
    files = {"main.py": "from shared.utils.retry import retry\n", "requirements.txt": "structlog\n"}

    [finding] = check(str(make(tmp_path / "f", files)), is_static=True)
    assert (finding.level, finding.satisfied_by) == ("error", "shared/utils/retry.py")


def test_what_is_not_judged_is_counted(tmp_path):
    """A verdict on stderr does not call a bundle free of errors that the files do not show to be."""
    make(tmp_path / "f", {"main.py": "import bs4\nimport sklearn\n", "requirements.txt": "structlog\n"})

    done = svcerrors("check-imports", "--static", "f", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"[1/1] f: not judged: 2 names\n")


def test_a_linked_folder_is_part_of_the_bundle(checkout):
    """A symbolic link to the shared folder resolves, as it does when the folder is uploaded."""
    bundle = make(checkout / "f", {"main.py": "from shared.utils.retry import retry\n"})
    (bundle / "shared").symlink_to(checkout / "shared")

    assert check(str(bundle), is_static=True) == []


def test_a_link_that_leads_nowhere_is_missing(checkout):
    """As it is where the bundle is built."""
    bundle = make(checkout / "f", {"main.py": "import lost\n"})
    (bundle / "lost.py").symlink_to(checkout / "elsewhere" / "lost.py")
    make(checkout / "lib", {"lost.py": ""})

    [finding] = check(str(bundle), is_static=True)
    assert (finding.message, finding.satisfied_by) == ("No module named 'lost'", "lib/lost.py")


def test_the_module_of_an_older_copy_is_named_only_if_it_would_help(checkout):
    """A file outside that does not define the name either satisfies nothing."""
    files = {"main.py": "from shared.utils.retry import retry, other\n", "shared/utils/retry.py": ""}
    bundle = make(checkout / "f", files)

    assert [one.satisfied_by for one in check(str(bundle), is_static=True)] == ["shared/utils/retry.py", None][::-1]


@pytest.mark.timeout(180)
def test_installed(checkout):
    """In a clean environment: missing requirements, missing names, dynamic imports, and settings."""
    bundle = make(
        checkout / "bundle",
        {
            "requirements.txt": "structlog\n",
            "settings.py": "import importlib\nimportlib.import_module('made' + '.up')\n",
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
        ("error", "main.py", 7, "No module named 'structlog.no_such_name', and 'structlog' defines no 'no_such_name'"),
        ("warning", "main.py", 9, "No module named 'orjson_but_not_installed'"),
    ]

    make(bundle, {"main.py": "import settings\n"})
    assert told(check(str(bundle))) == [
        ("error", "settings.py", 2, "importing it raises ModuleNotFoundError: No module named 'made'")
    ]

    make(bundle, {"settings.py": "import os\nURL = os.environ['NO_SUCH_URL']\n"})
    assert told(check(str(bundle))) == [("warning", "settings.py", 2, "importing it raises KeyError: 'NO_SUCH_URL'")]


def test_a_bundle_without_its_target_is_refused(checkout):
    """It says what to give; a package is a target too."""
    bundle = make(
        checkout / "bundle", {"main.py": "", "app/__init__.py": "import gone_from.here\n", "gone_from/__init__.py": ""}
    )

    with pytest.raises(UsageError, match=r"has no other\.py: name the module that the platform imports with --target"):
        check(str(bundle), target="other")
    assert [one.file for one in check(str(bundle), target="app", is_static=True)] == ["app/__init__.py"]


def wheel(folder, name="private_lib"):
    """Make the wheel of a private package."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        info = f"{name}-1.0.dist-info"
        archive.writestr(f"{name}.py", "answer = 42\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return path


UNMET = {
    "no requirements": (None, "requirements.txt", 1, "there is none: add one, empty if nothing is needed"),
    "a package that does not exist": (
        "structlog\nsvcerrors-no-such-package-3f2a\n", "requirements.txt", 2, "No matching distribution found for svc",
    ),
    "a version that does not exist": ("# why\nstructlog==0.0.0.1\n", "requirements.txt", 2, "structlog==0.0.0.1"),
    "two that conflict": ("\nstructlog==24.1.0\nstructlog>=25\n", "requirements.txt", 2, "conflict"),
    "a line that is none": ("structlog\n!!!\n", "requirements.txt", 2, "Invalid requirement"),
    "a file that is not there": ("-r other.txt\n", "requirements.txt", 1, "other.txt"),
    "a wheel that is not there": ("./lost-1.0-py3-none-any.whl\n", "requirements.txt", 1, "lost-1.0-py3-none-any.whl"),
    "one of another file": ("-r more/other.txt\n", "more/other.txt", 2, "svcerrors-no-such"),
}  # fmt: skip


FILES = {
    "a wheel": ("structlog\n./lost-1.0-py3-none-any.whl\n", ("requirements.txt", 2, "./lost-1.0-py3-none-any.whl")),
    "a wheel without ./": ("lost-1.0-py3-none-any.whl  # ours\n", ("requirements.txt", 1, "lost-1.0-py3-none-any.whl")),
    "a folder": ("-e ../lost\n", ("requirements.txt", 1, "../lost")),
    "another file": ("-r other.txt\n", ("requirements.txt", 1, "other.txt")),
    "a wheel of another file": ("-r more/r.txt\n", ("more/r.txt", 1, "./lost.whl")),
    "a wheel that is there": ("./there.whl\n", None),
    "a wheel for another Python": ("./lost.whl; python_version < '3'\n", None),
    "an address": ("https://example.com/lost.whl\nlost @ https://example.com/lost.whl\n", None),
}


@pytest.mark.parametrize(("text", "expected"), FILES.values(), ids=FILES)
def test_a_file_that_the_requirements_name_is_looked_for_without_installing(tmp_path, text, expected):
    """A wheel by its path is what a bundle forgets most easily, and the files alone tell of it."""
    files = {"main.py": "", "there.whl": "", "more/r.txt": "./lost.whl\n", "requirements.txt": text}
    found = check(str(make(tmp_path / "f", files)), is_static=True)

    told_of = [(one.file, one.line, one.message) for one in found]
    words = "the requirements cannot be installed: there is no "
    assert told_of == ([(expected[0], expected[1], words + expected[2])] if expected else [])


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("text", "file", "line", "words"), UNMET.values(), ids=UNMET)
def test_requirements_that_cannot_be_met(checkout, text, file, line, words):
    """The line that is to blame; and what the bundle's own files lack, all the same."""
    bundle = make(
        checkout / "bundle",
        {
            "main.py": "import shared.utils.retry\n",
            "more/other.txt": "structlog\nsvcerrors-no-such-package-3f2a\n",
            "Procfile": "",
        },
    )
    if text is not None:
        (bundle / "requirements.txt").write_text(text)

    own, unmet = sorted(check(str(bundle)), key=lambda one: one.file != "main.py")
    assert (own.message, unmet.level, unmet.file, unmet.line) == (
        "No module named 'shared.utils.retry'",
        "error",
        file,
        line,
    )
    assert words in unmet.message
    assert "\n" not in unmet.message


def container(folder, main, requirements="", **files):
    """Make a bundle that is built from a Procfile, so that nothing is installed but what it names."""
    made = {name.replace("__", "/"): text for name, text in files.items()}
    return make(folder, {"main.py": main, "requirements.txt": requirements, "Procfile": "", **made})


@pytest.mark.timeout(240)
def test_private_requirements_of_files(checkout):
    """A wheel by its path, and another file of requirements, as the build reads them."""
    bundle = container(
        checkout / "bundle",
        "import private_lib\nfrom other_lib import answer\n",
        "-r lists/other.txt\n./private_lib-1.0-py3-none-any.whl\n",
    )
    make(bundle, {"lists/other.txt": "./other_lib-1.0-py3-none-any.whl\n"})
    wheel(bundle), wheel(bundle, "other_lib")

    assert check(str(bundle)) == []


@pytest.mark.timeout(240)
def test_only_a_function_is_given_the_functions_framework(checkout):
    """A container has what its requirements name: Flask is not there by itself."""
    assert told(check(str(container(checkout / "bundle", "import flask\n")))) == [
        ("error", "main.py", 1, "No module named 'flask'")
    ]


MAINS = {
    "crashes": ("import os\nURL = os.environ['NO_URL']\n", [("warning", 2, "importing it raises KeyError: 'NO_URL'")]),
    "calls sys.exit": ("import sys\nsys.exit('no URL')\n", [("warning", 2, "importing it raises SystemExit: no URL")]),
    "ends at once": ("import os\nos._exit(7)\n", [("error", 1, "importing it ends the interpreter, exit code 7")]),
    "hangs": ("import time\ntime.sleep(1000)\n", [("error", 1, "importing it takes more than 3 s")]),
    "leaves a child behind": (
        "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(1000)'])\n", [],
    ),
    "opens a socket": (
        "import socket\nsocket.create_connection(('127.0.0.1', 1))\n",
        [("warning", 2, "importing it raises ConnectionRefusedError: check-imports lets nothing connect: 127.0.0.1:1")],
    ),
    "asks a name server": (
        "import socket\nsocket.getaddrinfo('example.com', 80)\n",
        [("warning", 2, "importing it raises ConnectionRefusedError: check-imports lets nothing connect: example.com")],
    ),
    "writes to closed streams": ("import os, sys\nprint('{}')\nos.close(1)\nos.close(2)\nsys.stdout = None\n", []),
    "reads a setting of this machine": ("import os\nassert 'SVCERRORS_TEST' not in os.environ\n", []),
    "asks lazily for what no one has": (
        "def f():\n    import no_such_module_anywhere\n", [("error", 2, "No module named 'no_such_module_anywhere'")],
    ),
    "takes a name that json lacks": (
        "def f():\n    from json import dump, dumb\n",
        [("error", 2, "No module named 'json.dumb', and 'json' defines no 'dumb'")],
    ),
}  # fmt: skip


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("main", "expected"), MAINS.values(), ids=MAINS)
def test_a_main_that(checkout, main, expected, monkeypatch):
    """Whatever importing it does: a verdict, with the line where there is one, and soon."""
    monkeypatch.setenv("SVCERRORS_TEST", "1")
    found = check(str(container(checkout / "bundle", main)), seconds=3)

    assert [(one.level, one.line, one.message) for one in found] == expected


@pytest.mark.timeout(240)
def test_what_only_an_import_shows(checkout):
    """A circle that is closed lazily, two files on; the target itself imports well."""
    bundle = container(
        checkout / "bundle",
        "def handler():\n    import first\n",
        first__py="", **{"first.py": "from second import b\na = 1\n", "second.py": "from first import a\nb = 1\n"},
    )  # fmt: skip
    [finding] = check(str(bundle))

    assert (finding.level, finding.file, finding.line) == ("error", "second.py", 1)
    assert "cannot import name 'a' from partially initialized module 'first'" in finding.message


@pytest.mark.timeout(240)
def test_a_namespace_of_bundle_and_requirement(checkout):
    """A portion in each: both are found, and what neither has is not."""
    bundle = container(
        checkout / "bundle",
        "import ns.mine\nimport ns.theirs\nfrom ns import nobodys\n",
        "./lib\n",
        **{"ns/mine.py": ""},
    )
    make(
        bundle / "lib",
        {
            "pyproject.toml": """
                [build-system]
                requires = ["setuptools"]
                build-backend = "setuptools.build_meta"
                [project]
                name = "lib"
                version = "1"
                [tool.setuptools]
                packages = ["ns"]
                """,
            "ns/theirs.py": "",
        },
    )

    assert told(check(str(bundle))) == [
        ("error", "main.py", 3, "No module named 'ns.nobodys', and 'ns' defines no 'nobodys'")
    ]


def test_command_line(checkout):
    """Several bundles at once; exit 3 on errors, 0 on warnings; annotations for build services."""
    make(checkout / "bad", {"main.py": "import shared.utils.retry\n"})
    make(checkout / "good", {"main.py": "try:\n    import shared.utils.retry\nexcept ImportError:\n    pass\n"})

    both = svcerrors("check-imports", "--static", "bad", "good", cwd=checkout)
    good = svcerrors("check-imports", "--static", "good", cwd=checkout)
    github = svcerrors("check-imports", "--static", "--annotate", "github", "bad", cwd=checkout)
    build = svcerrors("check-imports", "--static", "--annotate", "cloud-build", "bad", cwd=checkout)

    assert (both.returncode, good.returncode) == (3, 0)
    assert {line[6:] for line in both.stderr.splitlines()} == {b"bad: 1 error", b"good: no errors"}
    assert [json.loads(line)["level"] for line in both.stdout.splitlines()] == ["error", "warning"]
    assert github.stdout.startswith(b"::error file=bad/main.py,line=1::No module named 'shared.utils.retry'; shared/")
    assert build.stdout.startswith(b"ERROR: bad/main.py:1: No module named")


def test_annotations_are_one_line_that_means_what_it_says(checkout):
    """What GitHub takes for a command, or for the end of a value, is escaped."""
    make(checkout / "a,b", {"main.py": "import helpers\n", "helpers.py": "x = '100%\n"})

    github = svcerrors("check-imports", "--static", "--annotate", "github", "a,b", cwd=checkout)
    build = svcerrors("check-imports", "--static", "--annotate", "cloud-build", "./a,b", cwd=checkout)

    assert (
        github.stdout
        == b"::error file=a%2Cb/helpers.py,line=1::SyntaxError: unterminated string literal (detected at line 1)\n"
    )
    assert build.stdout == b"ERROR: a,b/helpers.py:1: SyntaxError: unterminated string literal (detected at line 1)\n"


def test_one_bundle_without_target_stops_all_before_any_is_installed(checkout):
    """Exit 2, at once."""
    make(checkout / "good", {"main.py": ""})
    make(checkout / "bad", {"other.py": ""})
    done = svcerrors("check-imports", "good", "bad", cwd=checkout, timeout=10)

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"svcerrors: bad has no main.py: name the module that the platform imports with --target\n"


@pytest.mark.timeout(240)
def test_one_that_cannot_be_installed_leaves_the_others_their_verdict(checkout):
    """Several at once, in the order given."""
    container(checkout / "one", "import gone_one\n")
    container(checkout / "two", "", "svcerrors-no-such-package-3f2a\n")
    container(checkout / "three", "import gone_three\n")
    done = svcerrors("check-imports", "one", "two", "three", cwd=checkout, timeout=200)

    assert done.returncode == 3
    assert [(row["bundle"], row["file"]) for row in map(json.loads, done.stdout.splitlines())] == [
        ("one", "main.py"),
        ("two", "requirements.txt"),
        ("three", "main.py"),
    ]


def test_the_hook_runs_what_the_command_line_needs():
    """Its environment is that of the extra, so that a new dependency of it is never forgotten."""
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())

    assert (hook["additional_dependencies"], hook["pass_filenames"]) == ([".[cli]"], False)
    assert hook["entry"] == "svcerrors check-imports --static"
