"""Run by the bundle's own interpreter, `python -I probe.py FOLDER ANSWER`: what it imports, and what it finds.

Reads {"modules": [module, …], "imports": [[module, member or null], …]} from standard input. Writes to the file ANSWER,
one JSON value a line: the name of each module before it is imported, then null or the traceback of what that raised;
last the list of what each import lacks. It needs the standard library only.
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


def failure(module: str) -> "str | None":
    """Import a module; return the traceback of what that raised."""
    try:
        importlib.import_module(module)
    except BaseException:  # noqa: BLE001  # SystemExit at import is a service that does not start, too
        return traceback.format_exc()
    return None


def refuse_connections(event: str, arguments: "tuple[object, ...]") -> None:
    """Let nothing that is only imported reach another machine: this is no deployment yet."""
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        raise ConnectionRefusedError(f"check-imports lets nothing connect: {arguments[1][0]}:{arguments[1][1]}")
    if event == "socket.getaddrinfo" and arguments[0] not in {None, "localhost", "127.0.0.1", "::1"}:
        raise ConnectionRefusedError(f"check-imports lets nothing connect: {arguments[0]}")


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    asked = json.load(sys.stdin)
    sys.addaudithook(refuse_connections)
    with open(sys.argv[2], "w", encoding="utf-8", buffering=1) as answer:  # noqa: PTH123  # pathlib is not ours to load
        for each in asked["modules"]:
            answer.write(json.dumps(each) + "\n")
            answer.write(json.dumps(failure(each)) + "\n")
        answer.write(json.dumps([missing(module, member) for module, member in asked["imports"]]) + "\n")
