"""What a service imports with us."""

import subprocess
import sys
from pathlib import Path

import pytest

import svcerrors

SOURCE = str(Path(svcerrors.__file__).parents[1])
HEAVY = (
    "asyncio",
    "dataclasses",
    "http",
    "importlib.metadata",
    "inspect",
    "linecache",
    "logging",
    "multiprocessing",
    "pathlib",
    "socket",
    "_hashlib",
    "urllib",
)
FOREIGN = ("cloudevents", "flask", "functions_framework", "google", "structlog")


def loaded(program):
    """Return the modules of a fresh interpreter after a program; -S keeps out what .pth files load."""
    program = f"import sys; sys.path.insert(0, {SOURCE!r})\n{program}\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True, timeout=30)
    return set(done.stderr.split())


@pytest.fixture(scope="module")
def with_us():
    return loaded("import svcerrors; svcerrors.init()")


@pytest.fixture(scope="module")
def without_us():
    return loaded("")


def test_only_the_standard_library_is_imported(with_us, without_us):
    """structlog comes with the first bind, a framework with the program that uses it."""
    own = {
        name for name in with_us if name.partition(".")[0] not in sys.stdlib_module_names | {"svcerrors", "__main__"}
    }
    assert own - without_us == set()


@pytest.mark.parametrize("module", HEAVY + FOREIGN)
def test_no_heavy_module_is_imported(module, with_us, without_us):
    """A service that starts cold does not wait for what an error may need; Python 3.13 has linecache by itself."""
    assert module not in with_us - without_us


@pytest.mark.parametrize(
    "program",
    [
        "svcerrors.capture_exception(ValueError())",
        "with svcerrors.capture_errors(reraise=False): 1 / 0",
        "with svcerrors.track_run('nightly'): svcerrors.current_run().skip()",
        "svcerrors.heartbeat()",
        "svcerrors.uninstall()",
    ],
)
def test_what_may_come_at_any_time_imports_nothing_more(program, with_us):
    """An error, or a run, may come when nothing can be imported any longer."""
    assert loaded(f"import svcerrors; svcerrors.init()\n{program}") == with_us


def test_a_service_waits_for_few_modules(with_us):
    """Each of ours costs a start 0.06 ms, though it were empty."""
    assert len([name for name in with_us if name.startswith("svcerrors")]) <= 40


def test_no_tower_of_the_sink_is_imported(with_us):
    """What runs in a service knows nothing of warehouses."""
    floors = ("svcerrors.cli", "svcerrors.logs", "svcerrors.ops", "svcerrors.sink", "svcerrors.warehouse")
    assert [name for name in with_us if name.startswith(floors)] == []
