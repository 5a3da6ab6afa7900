"""What a link of the chain is, and what is known of the chain that it belongs to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from svcerrors._errors import SvcErrorsError, WarehouseError
from svcerrors.ops.warehouses import project_of
from svcerrors.warehouse import Change, Warehouse

__all__ = ["BROKEN", "OK", "UNCHECKED", "Broken", "Chain", "Finding", "Link", "Unchecked"]

OK, BROKEN, UNCHECKED = "ok", "broken", "not checked"


class Broken(SvcErrorsError):
    """A link does not hold; the message says what is to be done."""


class Unchecked(SvcErrorsError):
    """A link could not be looked at, or there is none of its kind here."""


class Finding(NamedTuple):
    """What was found of a link: its status, and a line that says why, and what is to be done."""

    link: str
    status: str
    message: str


@dataclass(frozen=True)
class Chain:
    """What is looked at.

    Attributes:
        address: The warehouse's.
        store: The warehouse.
        environ: Where addresses of routes are, when the alerts are sent from here.
        sink: The sink's URL; where a deployed subscription pushes to, unless given.
        logs_from: Whose Log Router sends: projects/P, folders/N or organizations/N; the dataset's project unless given.
    """

    address: str
    store: Warehouse
    environ: Mapping[str, str] = field(default_factory=dict)
    sink: str | None = None
    logs_from: Sequence[str] = ()

    @property
    def is_local(self) -> bool:
        """Is the warehouse a folder, so that nothing was deployed?"""
        return self.address.startswith("duckdb:")

    @property
    def project(self) -> str:
        """The project that the dataset, and all that was deployed, is in."""
        return project_of(self.address) or ""

    @cached_property
    def changes(self) -> "list[Change] | WarehouseError":
        """What `apply` would do, or why it would not."""
        try:
            return self.store.plan()
        except WarehouseError as exc:
            return exc


class Link(NamedTuple):
    """A link; `check` says in a few words what holds, or raises what does not.

    Attributes:
        needs: The link without which this one cannot be judged.
    """

    name: str
    check: Callable[[Chain], str]
    needs: str | None = None
