"""The boxes in which the interpreter draws an exception group.

  + Exception Group Traceback (most recent call last):
  |   File "/app/main.py", line 3, in <module>
  | ExceptionGroup: two of them (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | ValueError: one
    +---------------- 2 ----------------
    | KeyError: 'two'
    +------------------------------------

A group that was never raised has no traceback: its box begins with its own line. Each box is read without the margin
of two columns that it stands in, and so are the boxes within it.
"""

import re

__all__ = ["OPENING", "opens", "outermost", "split"]

_CORNER = "  + Exception Group Traceback (most recent call last):"
_UNRAISED = r"  \| [^\W\d][\w.<>]{0,300}(?::[^\n]*)?\n(?:(?!  \+)[^\n]*\n){0,30}  \+-\+-{16} 1 -{16}$"

OPENING = rf"^(?:{re.escape(_CORNER)}$|{_UNRAISED})"
"""How the outermost box begins, in a pattern of several lines."""

_OPENING = re.compile(OPENING, re.MULTILINE)

_MARGIN = "  "


def opens(text: str) -> bool:
    """Tell whether a text begins with a box."""
    return text.startswith("  ") and bool(_OPENING.match(text))


def outermost(text: str) -> list[str]:
    """Return the lines of a text that begins with a box, without their margin."""
    return [line.removeprefix(_MARGIN) for line in text.split("\n")]


def split(box: list[str]) -> tuple[str, list[list[str]]]:
    """Return what a box says of the group itself, and the boxes of its members.

    Python 3.11 and 3.12 print the second and later lines of a message without the margin: a line without any goes
    with the line before it.
    """
    own: list[str] = []
    members: list[list[str]] = []
    for line in box:
        if line.startswith(("|", "+ ")):
            own.append(line[2:])
        elif line.startswith(("+-+-", "  +--")):
            members.append([])
        elif members:
            members[-1].append(line.removeprefix(_MARGIN))
        else:
            own.append(line)
    return "\n".join(own), [member for member in members if member]
