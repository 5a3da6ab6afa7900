"""The command line; it needs the extra `svcerrors[cli]`."""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line, or say in one line what it lacks."""
    try:
        from svcerrors.cli._main import run  # noqa: PLC0415  # click and rich belong to an extra
    except ModuleNotFoundError as exc:
        if exc.name and exc.name.startswith("svcerrors"):
            raise
        sys.exit(f"svcerrors: the command line needs {exc.name}: pip install 'svcerrors[cli]'")
    run()
