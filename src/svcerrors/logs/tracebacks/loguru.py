"""Loguru's own drawing of a traceback, as the interpreter would print it.

Traceback (most recent call last):

> File "/app/main.py", line 8, in score
    return load(name)
           │    └ 'home'
           └ <function load at 0x7f92380b5f80>

KeyError: 'home'
"""

import re

__all__ = ["plain"]

_BLANK = "Traceback (most recent call last):\n\n"
_DRAWN = re.compile(r"^ {4,}[^\n]{0,400}?[│└][^\n]*\n", re.MULTILINE)
_CAUGHT = re.compile(r"^> File ", re.MULTILINE)
_BETWEEN = re.compile(r"\n\n(?=(?:  File |> File |[\w.]{1,300}(?::|$)))")


def plain(text: str) -> str:
    """Return a text without the drawings, unchanged when it has none: they hold the values of variables."""
    if _BLANK not in text:
        return text
    return _CAUGHT.sub("  File ", _BETWEEN.sub("\n", _DRAWN.sub("", text)))
