"""Run by the bundle's own interpreter, `python -I probe.py FOLDER`: what it finds, and whether the target imports.

Reads {"target": module or null, "imports": [[module, member or null], …]} from standard input, and writes {"failure":
traceback or null, "missing": [missing part or null, …]} as its last line. It needs the standard library only.
"""

import importlib
import importlib.util
import json
import sys
import traceback


def missing_part(name: str) -> "str | None":
    """Return the first part of a dotted name that has no module, None if all have one."""
    parts = name.split(".")
    for head in (".".join(parts[: end + 1]) for end in range(len(parts))):
        try:
            if importlib.util.find_spec(head) is None:
                return head
        except ModuleNotFoundError as exc:
            return exc.name or head
        except Exception:  # noqa: BLE001  # a package that fails when imported is there; why it fails is its own affair
            return None
    return None


def missing(module: str, member: "str | None") -> "str | None":
    """Return what `import module`, or `from module import member`, would miss."""
    lacking = missing_part(module)
    if lacking or member in {None, "*"} or missing_part(f"{module}.{member}") is None:
        return lacking
    try:
        return None if hasattr(importlib.import_module(module), str(member)) else f"{module}.{member}"
    except BaseException:  # noqa: BLE001  # likewise
        return None


def failure(target: str) -> "str | None":
    """Import the target; return the traceback of what that raised."""
    try:
        importlib.import_module(target)
    except BaseException:  # noqa: BLE001  # SystemExit at import is a service that does not start, too
        return traceback.format_exc()
    return None


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    asked = json.load(sys.stdin)
    answer = {
        "failure": asked["target"] and failure(asked["target"]),
        "missing": [missing(module, member) for module, member in asked["imports"]],
    }
    sys.stdout.write("\n" + json.dumps(answer) + "\n")
