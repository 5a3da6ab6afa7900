"""The command line; all but `run` needs the extra `svcerrors[cli]`."""

import sys

from svcerrors._launch import main as launch

__all__ = ["main"]


def main() -> None:
    """Run the command line, or say in one line what it lacks."""
    if sys.argv[1:2] == ["run"] and sys.argv[2:3] not in (["-h"], ["--help"]):
        launch(sys.argv[2:])
    try:
        from svcerrors.cli._main import run  # noqa: PLC0415  # click and rich belong to an extra
    except ModuleNotFoundError as exc:
        if exc.name and exc.name.startswith("svcerrors"):
            raise
        sys.exit(f"svcerrors: the command line needs {exc.name}: pip install 'svcerrors[cli]'")
    run()
