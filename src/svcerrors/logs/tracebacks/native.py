"""How programs of C and C++ end, and what the system says of a program that it cannot run."""

from svcerrors.logs.rules import Rule, first_match
from svcerrors.logs.tracebacks.traceback import Traceback, told

__all__ = ["RULES", "parse"]

_SHELL = r"(?:/bin/)?(?:ba|da|a|z)?sh: (?:(?:line )?\d{1,6}: )?"

# libstdc++ (vterminate.cc), libc++abi, glibc (assert.c, malloc.c), its loader, shells, and the JVM's own end.
RULES = (
    Rule(
        r"terminate called after throwing an instance of '(?P<type>[^'\n]{1,300})'"
        r"(?:\n {1,4}what\(\): {1,4}(?P<message>[^\n]*(?:\n[^\n]*){0,50}))?"
    ),
    Rule(r"(?P<message>terminate called (?:without an active exception|recursively))", "std::terminate"),
    Rule(
        r"libc\+\+abi: terminating (?:due to|with) uncaught exception of type (?P<type>[^\n]{1,300}?)"
        r"(?:: (?P<message>[^\n]*))?$"
    ),
    Rule(r"[^\n]{1,500}: (?P<message>Assertion `[^\n]{1,500}' failed\.)", "AssertionFailed"),
    Rule(
        r"(?:(?:malloc|free|realloc|munmap_chunk)\(\): |corrupted (?:size vs|double-linked)|double free or corruption)"
        r"[^\n]*",
        "HeapCorruption",
    ),
    Rule(r"\*\*\* (?P<message>stack smashing detected|buffer overflow detected)", "StackCorruption"),
    Rule(r"={0,80}\n?==\d{1,9}==ERROR: (?P<type>\w{4,20}Sanitizer): (?P<message>[^\n]*)"),
    Rule(r"Segmentation fault\b", "Signal"),
    Rule(r"[^\n]{1,300}: error while loading shared libraries: (?P<message>[^\n]+)", "SharedLibraryMissing"),
    Rule(_SHELL + r"(?P<message>[^\n]{1,500}: (?:command )?not found)$", "CommandNotFound"),
    Rule(r"(?:/usr/bin/)?env: (?P<message>[^\n]{1,500}: No such file or directory)$", "CommandNotFound"),
    Rule(
        r"(?P<message>[^\n]{1,500}: (?:[Ee]xec format error|cannot execute binary file[^\n]{0,100}))$",
        "ExecFormatError",
    ),
    Rule(
        r"#\n# (?:A fatal error has been detected by|There is insufficient memory for) "
        r"the Java Runtime Environment[^\n]*\n"
        r"(?:#\n)?# {1,4}(?P<message>[^\n]+)",
        "FatalError",
    ),
)

_MESSAGELESS = "terminate called after "


def parse(text: str) -> Traceback | None:
    """Return the end that a text begins with."""
    said = first_match(RULES, text)
    if said is None:
        return None
    message = "" if said.message.startswith(_MESSAGELESS) and said.error_type != "std::terminate" else said.message
    return told(said.error_type, message, text)
