"""The part of Cloud Logging's query language that our filter uses, evaluated.

Rules: https://cloud.google.com/logging/docs/view/logging-query-language. NOT before OR before AND; two comparisons
side by side are joined by AND; comparisons of texts ignore case, patterns do not, and match anywhere; a comparison with
a field that an entry does not have is false; `:` asks for a part, `:*` for the field; a list stands in parentheses.
"""

import hashlib
import operator
import re

from svcerrors.logs.entry import SEVERITIES

TOKEN = re.compile(
    r"""\s+|--[^\n]*|(?P<string>"(?:[^"\\]|\\.)*")|(?P<operator>=~|!~|>=|<=|!=|[=<>:(),.*-])|(?P<word>[^\s"=~<>:(),.*!]+)"""
)
ORDERS = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}


def tokens(text):
    at = 0
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None:
            raise SyntaxError(f"at {at}: {text[at : at + 30]!r}")
        at = found.end()
        if found.lastgroup:
            yield found.lastgroup, found[0]
    yield "end", ""


class Filter:
    """A filter that is parsed once; calling it with an entry tells whether the entry goes through."""

    def __init__(self, text):
        self.left = list(tokens(text))
        self.test = self.both()
        if self.left[0][0] != "end":
            raise SyntaxError(f"not understood: {self.left[:5]}")

    def __call__(self, entry):
        return self.test(entry)

    def next(self, *wanted):
        if self.left[0][1] in wanted:
            return self.left.pop(0)[1]
        return None

    def both(self):
        tests = [self.either()]
        while self.next("AND") or self.left[0][1] not in {")", "", "OR"}:
            tests.append(self.either())
        return lambda entry: all(test(entry) for test in tests)

    def either(self):
        tests = [self.negated()]
        while self.next("OR"):
            tests.append(self.negated())
        return lambda entry: any(test(entry) for test in tests)

    def negated(self):
        if self.next("NOT", "-"):
            test = self.negated()
            return lambda entry: not test(entry)
        if self.next("("):
            test = self.both()
            self.expect(")")
            return test
        return self.comparison()

    def comparison(self):
        path = [self.name()]
        while self.next("."):
            path.append(self.name())
        if path == ["sample"] and self.next("("):
            return self.sample()
        sign = self.left.pop(0)[1]
        if sign not in {*ORDERS, ":", "=", "=~"}:
            raise SyntaxError(f"expected a comparison, found {sign!r}")
        if self.next("("):
            values = [self.value()]
            while self.next("OR"):
                values.append(self.value())
            self.expect(")")
        else:
            values = [self.value()]
        return lambda entry: any(compare(sign, path, field(entry, path), value) for value in values)

    def sample(self):
        path = [self.name()]
        self.expect(",")
        share = float(self.value())
        self.expect(")")
        return lambda entry: drawn(str(field(entry, path))) < share

    def value(self):
        if self.next("*"):
            return None
        text = self.name()
        return text if not self.next(".") else f"{text}.{self.name()}"

    def name(self):
        kind, text = self.left.pop(0)
        if kind not in {"word", "string"} or text in {"AND", "OR", "NOT"}:
            raise SyntaxError(f"expected a name or a value, found {text!r}")
        return re.sub(r"\\(.)", r"\1", text[1:-1]) if kind == "string" else text

    def expect(self, text):
        if not self.next(text):
            raise SyntaxError(f"expected {text!r}, found {self.left[0][1]!r}")


def field(entry, path):
    value = entry
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value or "DEFAULT" if path == ["severity"] else value


def compare(sign, path, found, wanted):
    if found is None:
        return False
    if wanted is None:
        return sign in {":", "="}
    if sign == "=~":
        return isinstance(found, str) and bool(re.search(wanted, found))
    if sign == ":":
        return wanted.lower() in str(found).lower()
    if sign == "=":
        return str(found).lower() == wanted.lower()
    return ORDERS[sign](*ranks(path, found, wanted)) if ranks(path, found, wanted) else False


def ranks(path, found, wanted):
    try:
        if path == ["severity"]:
            return SEVERITIES.index(found), SEVERITIES.index(wanted.upper())
        if path == ["timestamp"]:
            return nanoseconds(found), nanoseconds(wanted)
        return float(found), float(wanted)
    except (TypeError, ValueError):
        return None


def nanoseconds(at):
    """Return a UTC time as a text that sorts, whatever digits its fraction has."""
    whole, _, fraction = at.removesuffix("Z").partition(".")
    return whole + fraction.ljust(9, "0")


def drawn(text):
    """Return where in [0, 1) a value falls: the same value always at the same place."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) / 2**32
