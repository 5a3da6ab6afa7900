"""The errors that svcerrors itself raises, as one tree.

SvcErrorsError
├── UsageError          the caller asked for something that cannot be (exit code 2)
└── WarehouseError      the store did not do what it was asked
    ├── WarehouseMissing    there is no such store, or its tables were never applied
    ├── WarehouseConflict   a table of ours is there with other columns
    ├── WarehouseRefused    it will never accept this request: a query that does not parse, rows of a wrong shape
    └── WarehouseUnavailable    it may accept the same request later: timeout, reset, quota, 5xx

Every message is one line and says what to do next.
"""

__all__ = [
    "SvcErrorsError",
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


class WarehouseError(SvcErrorsError):
    """The store did not do what it was asked."""


class WarehouseMissing(WarehouseError):
    """There is no such store, or its tables were never applied."""


class WarehouseConflict(WarehouseError):
    """A table of ours is there with other columns."""


class WarehouseRefused(WarehouseError):
    """The store will never accept this request."""


class WarehouseUnavailable(WarehouseError):
    """The store may accept the same request later."""
