"""What Cloud Run itself says about a container, in the log `run.googleapis.com/varlog/system`."""

from svcerrors.logs.entry import LogEntry
from svcerrors.logs.failures import failure
from svcerrors.logs.records import Record
from svcerrors.logs.rules import Rule, first_match

__all__ = ["LOG_ID", "RULES", "platform"]

LOG_ID = "run.googleapis.com/varlog/system"

# A container that exits with 0, and one that ends by the SIGTERM of a scale-down, did not fail.
RULES = (
    Rule(r"Container called exit\((?!0\))", "ContainerExit"),
    Rule(r"Container terminated on signal (?!15\b)", "Signal"),
    Rule(r"Uncaught signal: (?!15\b)", "Signal"),
    Rule(r"(?:Memory limit of|The configured memory limit was reached)", "OutOfMemory"),
    Rule(r"[^\n]{0,200}\bprobe failed\b", "ProbeFailed"),
    Rule(r"Terminating task because it has reached the maximum timeout", "TaskTimeout"),
    Rule(r"[^\n]{0,200}\bApplication failed to start\b", "ApplicationFailedToStart"),
    Rule(r"[^\n]{0,200}\bhas failed to complete\b", "ExecutionFailed"),
)


def platform(entry: LogEntry) -> list[Record]:
    """Return the row of a failure that the platform tells of; nothing for its other news."""
    said = first_match(RULES, entry.text)
    return [failure(entry, said.error_type, said.message, mechanism="platform")] if said else []
