"""Which warehouse is meant, and ready to be written."""

from collections.abc import Mapping

from svcerrors.warehouse import Warehouse, open_warehouse

__all__ = ["DEFAULT", "address", "open_ready", "open_warehouse", "project_of"]

DEFAULT = "duckdb:.svcerrors"


def address(given: str | None, environ: Mapping[str, str]) -> str:
    """Return the warehouse's address: given > SVCERRORS_WAREHOUSE > duckdb:.svcerrors."""
    return given or environ.get("SVCERRORS_WAREHOUSE") or DEFAULT


def open_ready(where: str) -> Warehouse:
    """Open a warehouse to write; a local one is created on the spot, a shared one only ever by `apply`.

    Raises:
        UsageError: The address is none.
        WarehouseError: The local store cannot be created.
    """
    warehouse = open_warehouse(where)
    if where.startswith("duckdb:"):
        warehouse.apply()
    return warehouse


def project_of(where: str) -> str | None:
    """Return the project that a dataset is in; None for a folder on this machine."""
    return None if where.startswith("duckdb:") else where.partition(":")[2].partition(".")[0]
