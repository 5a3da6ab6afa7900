"""The errors that svcerrors itself raises, as one tree.

SvcErrorsError
├── UsageError          the caller asked for something that cannot be (exit code 2)
├── TokenError          a push does not prove who sent it
│   ├── TokenInvalid        it has no token, or none that Google signed and that is valid now
│   ├── TokenForeign        its token is another's: another audience, another account
│   └── TokenUndecided      Google's certificates cannot be had; the same token may be good later
├── RouteFailed         an alert could not be told where it is to be told
├── SinkFed             log entries of the sink itself came to it: the filter is to leave them out
├── LogsError           Cloud Logging does not give its entries
│   ├── LogsRefused         it never will: no such project, no right, a filter that does not parse
│   └── LogsUnavailable     it may later: timeout, reset, quota, 5xx
├── SinkBusy            the sink takes no message now
│   ├── SinkFull            as much as it holds waits to be written
│   └── SinkStopping        it was told to stop
└── WarehouseError      the store did not do what it was asked
    ├── WarehouseMissing    there is no such store, or its tables were never applied
    ├── WarehouseConflict   a table of ours is there with other columns
    ├── WarehouseRefused    it will never accept this request: a query that does not parse, rows of a wrong shape
    └── WarehouseUnavailable    it may accept the same request later: timeout, reset, quota, 5xx

Every message is one line and says what to do next.
"""

from collections.abc import Mapping

__all__ = [
    "LogsError",
    "LogsRefused",
    "LogsUnavailable",
    "RouteFailed",
    "SinkBusy",
    "SinkFed",
    "SinkFull",
    "SinkStopping",
    "SvcErrorsError",
    "TokenError",
    "TokenForeign",
    "TokenInvalid",
    "TokenUndecided",
    "UsageError",
    "WarehouseConflict",
    "WarehouseError",
    "WarehouseMissing",
    "WarehouseRefused",
    "WarehouseUnavailable",
]


class SvcErrorsError(Exception):
    """Root of the tree."""


class UsageError(SvcErrorsError):
    """The caller asked for something that cannot be."""


class RouteFailed(SvcErrorsError):
    """An alert could not be told where it is to be told."""


class TokenError(SvcErrorsError):
    """A push does not prove who sent it."""


class TokenInvalid(TokenError):
    """It has no token, or none that Google signed and that is valid now."""


class TokenForeign(TokenError):
    """Its token is another's: another audience, another account."""


class TokenUndecided(TokenError):
    """Google's certificates cannot be had; the same token may be good later."""


class SinkFed(SvcErrorsError):
    """Log entries of the sink itself came to it."""


class LogsError(SvcErrorsError):
    """Cloud Logging does not give its entries."""


class LogsRefused(LogsError):
    """Cloud Logging will never answer this request."""


class LogsUnavailable(LogsError):
    """Cloud Logging may answer the same request later."""


class SinkBusy(SvcErrorsError):
    """The sink takes no message now."""


class SinkFull(SinkBusy):
    """As much as it holds waits to be written."""


class SinkStopping(SinkBusy):
    """It was told to stop."""


class WarehouseError(SvcErrorsError):
    """The store did not do what it was asked."""


class WarehouseMissing(WarehouseError):
    """There is no such store, or its tables were never applied."""


class WarehouseConflict(WarehouseError):
    """A table of ours is there with other columns."""


class WarehouseRefused(WarehouseError):
    """The store will never accept this request.

    Attributes:
        rows: Of an insert, the rows that are to blame, by their position, and why each is; empty where none is named.
    """

    def __init__(self, message: str, rows: Mapping[int, str] | None = None) -> None:
        super().__init__(message)
        self.rows = dict(rows or {})


class WarehouseUnavailable(WarehouseError):
    """The store may accept the same request later."""
