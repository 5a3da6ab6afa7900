"""Failures as they reach Cloud Logging: each a list of (seconds after it began, LogEntry), and what it is at heart."""

import itertools
import uuid
from dataclasses import dataclass, field

from support.entries import entry
from svcerrors import logs

SYSTEM, REQUESTS, STDERR = "varlog%2Fsystem", "requests", "stderr"
AUDIT = "projects/p/logs/cloudaudit.googleapis.com%2Fsystem_event"
NOT_READY = "The user-provided container failed to start and listen on the port"

_numbers = itertools.count(1)


@dataclass
class Failure:
    """One failure as a person counts it.

    Attributes:
        entries: (seconds, entry) each, in any order; the entry's times are not yet set.
        root: The type that its incident must show.
        occurrences: How many errors it stands for.
    """

    service: str
    instance: str
    root: str
    entries: list = field(default_factory=list)
    occurrences: int = 1

    def say(self, after, payload, *, log=STDERR, severity="DEFAULT", labels=None, **more):
        own = {"instanceId": self.instance, **(labels or {})} if self.instance else dict(labels or {})
        made = entry(payload, service=self.service, log=log, severity=severity, **{"labels": own, **more})
        self.entries.append((after, made))

    def request(self, after, *, status=500, trace=None, latency=0.05, instance=True):
        made = entry({}, service=self.service, log=REQUESTS, severity="ERROR")
        del made["jsonPayload"]
        made["labels"] = {"instanceId": self.instance} if instance else {}
        made["httpRequest"] = {
            "requestMethod": "POST",
            "requestUrl": "https://s.example/run",
            "status": status,
            "latency": f"{latency}s",
            "userAgent": "Google-Cloud-Scheduler",
        }
        made["trace"] = f"projects/p/traces/{trace or uuid.uuid4().hex}"
        self.entries.append((after - latency, made))

    def audit(self, after, kind):
        made = entry({}, service=self.service, severity="ERROR")
        del made["jsonPayload"]
        made |= {"logName": AUDIT, "labels": {}}
        condition = {"type": "Ready", "status": "False", "reason": "HealthCheckContainerError", "message": NOT_READY}
        made["protoPayload"] = {
            "methodName": "/Services.ReplaceService",
            "status": {"code": 9, "message": f"Ready condition status changed to False for {kind}: {NOT_READY}"},
            "response": {"kind": kind, "status": {"conditions": [condition]}},
        }
        self.entries.append((after, made))


def block(error, function="total", line=3):
    return (
        "Traceback (most recent call last):\n"
        '  File "/workspace/main.py", line 7, in handler\n    return total(request)\n'
        f'  File "/workspace/shared/sums.py", line {line}, in {function}\n    raise it\n{error}'
    )


def _record(text, **more):
    """Return the library's line about the error whose text this is."""
    (row,) = (found.row() for found in logs.parse(entry(text)))
    names = ("error_type", "error_message", "fingerprint", "frames", "culprit", "error_category")
    payload = {"schema_version": 1, "kind": "error", "error_id": str(uuid.uuid4()), "mechanism": "decorator"}
    return {"message": text.rsplit("\n", 1)[-1], "svcerrors": payload | {name: row[name] for name in names} | more}


def instance():
    return f"instance-{next(_numbers)}"


def recorded(service):
    """The library's record, the framework's copy of the traceback, and the 5xx."""
    made = Failure(service, instance(), "KeyError")
    text, trace = block("KeyError: 'game_id'"), uuid.uuid4().hex
    made.say(0, _record(text), log="stdout", severity="ERROR", trace=f"projects/p/traces/{trace}")
    made.say(0.002, text, severity="ERROR")
    made.request(0.02, trace=trace)
    return made


def recorded_and_split(service):
    """The library's record, and the copy of the traceback line by line."""
    made = Failure(service, instance(), "KeyError")
    text = block("KeyError: 'game_id'")
    made.say(0, _record(text), log="stdout", severity="ERROR", trace=f"projects/p/traces/{uuid.uuid4().hex}")
    for n, line in enumerate(text.split("\n")):
        made.say(0.001 + n * 0.00002, line)
    return made


def text_only(service):
    """A traceback of a service that does not know the library, and its 5xx."""
    made = Failure(service, instance(), "ValueError")
    made.say(0, block("ValueError: no total"), severity="ERROR")
    made.request(0.02)
    return made


def chained(service):
    """Three blocks of one traceback, 20 microseconds apart."""
    made = Failure(service, instance(), "RuntimeError")
    for n, error in enumerate(("KeyError: 'a'", "LookupError: no a", "RuntimeError: gave up")):
        made.say(n * 0.00002, block(error, line=n), severity="ERROR")
    return made


def line_by_line(service):
    """Every line an entry of its own."""
    made = Failure(service, instance(), "ValueError")
    for n, line in enumerate(block("ValueError: no total").split("\n")):
        made.say(n * 0.00003, line)
    made.request(0.01)
    return made


def chained_line_by_line(service):
    made = Failure(service, instance(), "RuntimeError")
    first, second = block("KeyError: 'a'"), block("RuntimeError: gave up", "other")
    lines = [*first.split("\n"), "", "During handling of the above exception, another exception occurred:", ""]
    for n, line in enumerate([*lines, *second.split("\n")]):
        made.say(n * 0.00003, line)
    return made


def head_and_tail(service):
    """A detector broke at the first caret: a piece without its end, then the other lines."""
    made = Failure(service, instance(), "ValueError")
    text = block("ValueError: no total").split("\n")
    made.say(0, "\n".join(text[:3]))
    for n, line in enumerate(text[3:]):
        made.say(0.0001 + n * 0.00002, line)
    return made


def call_with_relogs(service):
    """One call that is told of three times, under its execution id, and answered 500."""
    made = Failure(service, instance(), "KeyError")
    execution, trace = uuid.uuid4().hex[:12], uuid.uuid4().hex
    labels = {"execution_id": execution}
    text = block("KeyError: 'game_id'")
    made.say(0, _record(text), severity="ERROR", labels=labels, trace=f"projects/p/traces/{trace}")
    made.say(0.4, {"message": text}, labels=labels)
    made.say(1.2, {"message": block("RuntimeError: phase 3 failed", "outer")}, labels=labels)
    made.request(1.5, trace=trace, latency=1.6)
    return made


def import_failure(service):
    """The founding incident: the traceback, the exit, the probe, the revision twice, and two callers."""
    made = Failure(service, instance(), "ModuleNotFoundError")
    made.say(0, block("ModuleNotFoundError: No module named 'shared.utils'", "<module>"), severity="ERROR")
    made.say(0.3, "Container called exit(1).", log=SYSTEM, severity="WARNING")
    made.say(0.5, 'Default STARTUP TCP probe failed 1 time consecutively for container "s-1".', log=SYSTEM)
    made.audit(1.1, "Revision")
    made.audit(1.2, "Service")
    made.request(2, status=503, instance=False)
    made.request(3, status=503, instance=False)
    return made


def exit_before_its_traceback(service):
    """Entries of two logs need not be in the order of what happened."""
    made = Failure(service, instance(), "ModuleNotFoundError")
    made.say(0, "Container called exit(1).", log=SYSTEM, severity="WARNING")
    made.say(0.004, block("ModuleNotFoundError: No module named 'shared.utils'", "<module>"), severity="ERROR")
    return made


def worker_timeout(service):
    """gunicorn's master, the worker's last words, and the master again."""
    made = Failure(service, instance(), "WorkerTimeout")
    blob = block("SystemExit: 1").replace("in total", "in handle_abort")
    made.say(0, "[2026-01-25 09:30:00 +0000] [1] [CRITICAL] WORKER TIMEOUT (pid:4)")
    made.say(0.3, blob, severity="ERROR")
    made.say(1.4, "[2026-01-25 09:30:01 +0000] [1] [ERROR] Worker (pid:4) was sent SIGKILL! Perhaps out of memory?")
    return made


def wordless_crash(service):
    """An exit, then the probe that misses it: nothing says why."""
    made = Failure(service, instance(), "ContainerExit")
    made.say(0, "Container called exit(1).", log=SYSTEM, severity="WARNING")
    made.say(0.9, 'Default STARTUP TCP probe failed 1 time consecutively for container "s-1".', log=SYSTEM)
    made.request(1.5, status=503, instance=False)
    return made


def wordless_request(service):
    made = Failure(service, instance(), "HttpStatus500")
    made.request(0)
    return made


def held_back(service):
    """A loud error: one record, one that stands for forty more, and the tracebacks of all of them."""
    made = Failure(service, instance(), "KeyError", occurrences=40)
    text = block("KeyError: 'game_id'")
    for n in range(40):
        made.say(n * 0.5, text, severity="ERROR")
    made.say(20, _record(text, occurrences=40), log="stdout", severity="ERROR")
    return made


WITH_WORDS = (
    recorded,
    recorded_and_split,
    text_only,
    chained,
    line_by_line,
    chained_line_by_line,
    head_and_tail,
    call_with_relogs,
    import_failure,
    exit_before_its_traceback,
    worker_timeout,
    held_back,
)
