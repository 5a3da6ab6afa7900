"""A log entry as rows: `parse` is pure, so that live, backfilled and local entries give the same ones."""

from svcerrors.logs.classify import parse, reject
from svcerrors.logs.records import ErrorRecord, Record, Rejected, RunRecord

__all__ = ["ErrorRecord", "Record", "Rejected", "RunRecord", "parse", "reject"]
