"""The Log Router inclusion filter: it lets through what the classifier makes a row of, and little else.

Language: https://cloud.google.com/logging/docs/view/logging-query-language. OR binds tighter than AND there, a list of
values stands in parentheses, a filter may have 20,000 characters, patterns are RE2 (no lookaround) and case-sensitive.
A pattern here has no backslash, so that it means the same in the console, in a shell and in Terraform.
"""

from argparse import ArgumentParser
from typing import NamedTuple

from svcerrors.logs.request import CALLERS

__all__ = ["ALERT_JOB", "CLAUSES", "RESOURCES", "SAMPLE_RATE", "Clause", "inclusion_filter"]

SAMPLE_RATE = 0.01
"""Which part of the answers to ordinary callers is let through, unless said otherwise."""

RESOURCES = (
    "cloud_run_revision",
    "cloud_run_job",
    "cloud_run_worker_pool",
    "cloud_function",
    "cloud_scheduler_job",
    "workflows.googleapis.com/Workflow",
)


class Clause(NamedTuple):
    """Entries that are let through, and why; `text` is an expression of the filter language."""

    why: str
    text: str


_LEVEL_KEYS = ("level", "levelname", "lvl", '"log.level"', "severityText", "record.level.name")
_LEVELS = "^(?i:error|eror|err|critical|crit|fatal|panic|dpanic|alert|emerg|emergency|severe)$"
_STACK_KEYS = ("message", "msg", "event", "exception", "exc_info", "stack_trace", "stack", "traceback")
_STACKS = "(Traceback [(]most recent|Exception Group Traceback|[.][A-Za-z]+:[0-9]+[)]|goroutine [0-9]+ )"

# Of texts without a severity. Each pattern is one line of the filter.
_TEXTS = (
    Clause("tracebacks; their header or a frame alone gives no row", "Traceback [(]most recent call last[)]:(?s:.)"),
    Clause(
        "the last line of a traceback; errors of Node, Java, C#, Ruby, PHP and Dart",
        "(Error|Exception|Exit|Interrupt|ExceptionGroup|Rejection|RejectionWarning)([^A-Za-z]|$)|(^|[.])(exceptions|errors)[.]",
    ),
    Clause(
        "lines that name their level",
        "(^|[^A-Za-z_])(ERROR|EROR|CRITICAL|CRIT|FATAL|SEVERE|PANIC|ALERT|EMERG|EMERGENCY)([^A-Za-z_]|$)"
        "|^[EF][0-9]{4} |(level|lvl|severity)=[^a-z]?(?i:error|eror|err|crit|fatal|panic|dpanic|alert|emerg)",
    ),
    Clause(
        "the same in lower case, at the beginning or in brackets",
        "^(error|fatal|critical|fail|crit): |[<([](?i:error|err|fatal|crit|critical|alert|emerg|panic|severe) *[]>)]",
    ),
    Clause(
        "web servers that cannot run an application",
        "Worker failed to boot|App failed to load|exited with code|WORKER TIMEOUT|was sent SIG"
        "|Failed to (find|parse) |startup failed",
    ),
    Clause(
        "what did not start, and what died of a signal",
        "No module named|open file|: not found|No such file|exec format error|shared libraries|Segmentation fault"
        "|core dumped|Fatal (Python )?error|fatal error|FATAL ERROR|free[(][)]|malloc|corrupted"
        "|Assertion .* failed|stack smashing",
    ),
    Clause(
        "panics of Go and Rust, and what other languages say at their end",
        "panic: | panicked at |PHP (Fatal|Parse|Warning)|http: panic serving|[Uu]nhandled exception|[Uu]ncaught"
        "|terminat(e called|ing)|--trace-uncaught|terminated with exception|(?m:^Error: )|Exception in thread ",
    ),
)


def _any_of(values: tuple[str, ...]) -> str:
    return "(" + " OR ".join(f'"{value}"' for value in values) + ")"


def _matches(keys: tuple[str, ...], pattern: str) -> str:
    return " OR ".join(f'jsonPayload.{key}=~"{pattern}"' for key in keys)


_CALLERS = f'httpRequest.userAgent=~"^({"|".join(CALLERS)})"'

CLAUSES = (
    Clause("Every line of the library, at any severity.", "jsonPayload.svcerrors:*"),
    Clause("Whatever calls itself an error.", "severity>=ERROR"),
    Clause(
        "Texts without a severity of their own: Cloud Run gives most of what fails none.",
        f"""severity=("DEFAULT" OR "WARNING")
  AND ({
            "".join(
                f'''
    -- {one.why}
    {"OR " if number else ""}textPayload=~"{one.text}"'''
                for number, one in enumerate(_TEXTS)
            )
        }
  )""",
    ),
    Clause(
        "Records without a severity, but with a level or an error of their own.",
        f"""severity=("DEFAULT" OR "WARNING")
  AND ({_matches(_LEVEL_KEYS, _LEVELS)}
    OR jsonPayload.level>=50 OR jsonPayload.levelno>=40 OR jsonPayload.severityNumber>=17
    OR jsonPayload.error.type:* OR jsonPayload.err.type:* OR jsonPayload."@type":"ReportedErrorEvent"
    OR logName:"clouderrorreporting.googleapis.com%2Freported_errors"
    OR {_matches(_STACK_KEYS, _STACKS)})""",
    ),
    Clause(
        "What the platform says of a container: most of it at WARNING.",
        'logName:"run.googleapis.com%2Fvarlog%2Fsystem"\n'
        '  AND textPayload=~"exit[(][1-9-]|on signal ([0-9]|1[0-46-9]|[2-9][0-9])[.]|Uncaught signal|probe failed'
        '|emory limit|maximum timeout|failed to"',
    ),
    Clause(
        "Revisions that are not ready, executions that failed, and executions that completed.",
        'logName:"cloudaudit.googleapis.com%2Fsystem_event"',
    ),
    Clause(
        "Requests that found no instance; scheduled and pushed ones, answered or turned away. Never sampled.",
        f'logName:"run.googleapis.com%2Frequests"\n  AND (httpRequest.status=429 OR {_CALLERS})',
    ),
    Clause(
        "Answers to ordinary callers, some of them: the only sign of life that a plain HTTP service gives.",
        'logName:"run.googleapis.com%2Frequests"\n'
        "  AND httpRequest.status>=200 AND httpRequest.status<300 AND sample(insertId, $RATE)",
    ),
    Clause(
        "Every attempt of Cloud Scheduler, and every execution of Workflows that ended. Never sampled.",
        'logName:("cloudscheduler.googleapis.com%2Fexecutions" OR "workflows.googleapis.com%2Fexecutions_system")\n'
        '  AND (jsonPayload."@type":"AttemptFinished" OR jsonPayload.state=("FAILED" OR "SUCCEEDED"))',
    ),
)

_SAMPLED = "sample("


ALERT_JOB = "svcerrors-alerts"
"""The job that sends alerts. Its lines tell of errors that are rows already; let through, each would raise another."""


def inclusion_filter(*, sink: str = "svcerrors-sink", sample_rate: float | None = SAMPLE_RATE) -> str:
    """Return the filter of the log sink.

    Args:
        sink: The service that the entries are pushed to, or the worker pool that pulls them; of its own only
            heartbeats pass, or it would feed itself.
        sample_rate: Part of the answers to ordinary callers, above 0 and up to 1; None for none of them. The sink is
            told by SVCERRORS_SAMPLE_RATE.
    """
    wanted = [clause for clause in CLAUSES if sample_rate or _SAMPLED not in clause.text]
    clauses = "\n".join(
        f"-- {clause.why}\n{'OR ' if number else ''}({clause.text.replace('$RATE', str(sample_rate))})"
        for number, clause in enumerate(wanted)
    )
    return (
        f"resource.type={_any_of(RESOURCES)}\n"
        f'AND (NOT (resource.labels.service_name="{sink}" OR resource.labels.worker_pool_name="{sink}")\n'
        '  OR jsonPayload.svcerrors.kind="heartbeat")\n'
        f'AND NOT resource.labels.job_name="{ALERT_JOB}"\n'
        f"AND (\n{clauses}\n)"
    )


def _main() -> None:
    """Print the filter: for `gcloud logging read`, which reads everything once, or for a log sink that samples."""
    parser = ArgumentParser(prog="python -m svcerrors.logs.filter", description="Print the Log Router filter.")
    parser.add_argument("--sample-rate", type=float, metavar="RATE", help="part of ordinary answers; none unless given")
    print(inclusion_filter(sample_rate=parser.parse_args().sample_rate))  # noqa: T201  # what it is for


if __name__ == "__main__":
    _main()
