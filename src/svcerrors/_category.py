"""What kind of trouble an error is: rules as data, the first that matches decides."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from svcerrors._light import Values

__all__ = ["CATEGORIES", "RULES", "Rule", "categorise", "use"]

CATEGORIES = frozenset(
    {
        "processing_error",
        "configuration_error",
        "upstream_failure",
        "timeout",
        "resource_exhausted",
        "no_data_available",
        "unknown",
    }
)


class Rule(Values):
    """An error whose type and message match both patterns is of this category."""

    category: str
    error_type: str = ""
    message: str = ""

    def matches(self, error_type: str, message: str) -> bool:
        """Tell whether the rule is meant."""
        return bool(re.search(self.error_type, error_type) and re.search(self.message, message, re.IGNORECASE))


RULES: tuple[Rule, ...] = (
    Rule("no_data_available", r"(?:^|\.)No\w*Data\w*$"),
    Rule("resource_exhausted", r"(?:Forbidden|PermissionDenied)$", r"quota|rate.?limit"),  # BigQuery's 403
    Rule("processing_error", r"^SyntaxError$", r"\bJSON\b"),  # JSON.parse of JavaScript
    Rule(
        "configuration_error", r"^(?:ModuleNotFoundError|ImportError|SyntaxError|IndentationError|TabError|ParseError)$"
    ),
    Rule("configuration_error", r"^(?:CommandNotFound|ExecFormatError|SharedLibraryMissing)$"),
    Rule("configuration_error", r"^FileNotFoundError$", r"^can't open file "),
    Rule(
        "configuration_error",
        r"^(?:RevisionNotReady|InvokerDenied|TargetNotFound|AppImportError|WorkerFailedToBoot"
        r"|ApplicationFailedToStart)$",
    ),
    Rule(
        "configuration_error",
        r"DefaultCredentialsError$|(?:^|\.)(?:PermissionDenied|Forbidden|Unauthenticated|Unauthorized)$",
    ),
    Rule(
        "configuration_error",
        r"^(?:KeyError|ValueError|RuntimeError|LoggedError)$",
        r"missing (?:setting|environment|configuration)|environment variable",
    ),
    Rule(
        "configuration_error",
        r"(?:^|[.\\:])(?:ClassNotFoundException|NoClassDefFoundError|LoadError|DllNotFoundException)$",
    ),
    Rule(
        "configuration_error",
        message=r"^Cannot find (?:module|package) |^Class \"[^\"]*\" not found|could not find or load main class"
        r"|^Could not load file or assembly|^Failed opening required ",
    ),
    Rule(
        "configuration_error",
        r"^SchedulerAttemptFailed$",
        r"^(?:PERMISSION_DENIED|UNAUTHENTICATED|NOT_FOUND|INVALID_ARGUMENT|FAILED_PRECONDITION)\b",
    ),
    Rule("configuration_error", r"^KeyError$", r"^(?-i:'[A-Z][A-Z0-9]*_[A-Z0-9_]+')$"),  # os.environ["API_URL"]
    Rule(
        "resource_exhausted",
        r"^(?:MemoryError|OutOfMemory|NoInstance|HttpStatus429)$|(?:ResourceExhausted|TooManyRequests|QuotaExceeded|RateLimit\w*)$"
        r"|(?:OutOfMemory(?:Error|Exception)|NoMemoryError)$",
    ),
    Rule(
        "resource_exhausted",
        message=r"\b429\b|resource.?exhausted|quota exceeded|rate limit|no space left on device|heap out of memory"
        r"|allowed memory size of \d+ bytes exhausted",
    ),
    Rule("timeout", r"Timeout(?:Error|Expired|Exception)?$|DeadlineExceeded$|^HttpStatus504$"),
    Rule("timeout", message=r"deadline.exceeded|timed out|i/o timeout|\bETIMEDOUT\b"),
    Rule(
        "upstream_failure",
        r"(?:^|\.)(?:ServiceUnavailable|BadGateway|GatewayTimeout|InternalServerError|ServerError|RetryError|URLError)$",
    ),
    Rule(
        "upstream_failure",
        r"Connection(?:\w*Error|Reset|Refused|Aborted)?$|BrokenPipeError$|ProtocolError$|SSLError$|gaierror$",
    ),
    Rule("upstream_failure", r"HTTP\w*Error$", r"\b5\d\d\b"),
    Rule("upstream_failure", r"(?:UnknownHost|Connect|Socket|HttpRequest)Exception$"),
    Rule(
        "upstream_failure",
        message=r"\bconnection (?:was )?(?:refused|reset)\b|\b(?:ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN)\b"
        r"|\bno such host\b",
    ),
    Rule(
        "unknown",
        r"^(?:LoggedError|ContainerExit|WorkerExited|Signal|SchedulerAttemptFailed|ProbeFailed|ExecutionFailed|HttpStatus\d+)$",
    ),
)


_own: tuple[Rule, ...] = ()


def use(rules: Sequence[Rule]) -> None:
    """Put a team's own rules before RULES, in place of those that were put there before."""
    global _own  # noqa: PLW0603  # one program is one process
    _own = tuple(rules)
    _of_type.cache_clear()


def categorise(error_type: str, message: str, rules: Sequence[Rule] | None = None) -> str:
    """Return the category of the first rule that matches, else `processing_error`.

    Args:
        error_type: Class name with its module unless builtin, or a platform type.
        message: The redacted message.
        rules: The table, in place of the team's own rules and RULES.
    """
    head = message[:1_000]
    if rules is None:
        return next((category for category, said in _of_type(error_type) if said(head)), "processing_error")
    return next((rule.category for rule in rules if rule.matches(error_type, head)), "processing_error")


@lru_cache(maxsize=512)
def _of_type(error_type: str) -> tuple[tuple[str, Callable[[str], Any]], ...]:
    """Return category and pattern of the message of every rule that this type matches."""
    possible = (rule for rule in (*_own, *RULES) if re.search(rule.error_type, error_type))
    return tuple((rule.category, re.compile(rule.message, re.IGNORECASE).search) for rule in possible)
