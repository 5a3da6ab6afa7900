"""svcerrors.sink.storing: each row has a fate of its own, and no table waits for another."""

import threading

from svcerrors._errors import WarehouseUnavailable
from svcerrors.sink.delivery import Delivery
from svcerrors.sink.storing import REJECTED, Row, store


def row(table, name):
    return Row(table, {"name": name}, Delivery(b""), 1)


def nothing(_, __):
    return []


class Together:
    """A store that takes rows once writes to so many tables are under way."""

    def __init__(self, tables):
        self._barrier = threading.Barrier(tables)

    def insert(self, *_):
        self._barrier.wait(5)


def test_tables_are_written_side_by_side():
    """What is junk does not hold up what is not: neither write ends before the other has begun."""
    given = [row("service_errors", 1), row(REJECTED, 2), row("service_runs", 3), row("service_errors", 4)]

    assert store(Together(3), given, nothing, 3.0) == [None] * 4


class Away:
    """A store in which one table is away."""

    def insert(self, table, _):
        if table == REJECTED:
            raise WarehouseUnavailable("away")


def test_each_row_has_the_fate_of_its_own_table():
    """In the order in which they were given."""
    given = [row(REJECTED, 1), row("service_errors", 2), row(REJECTED, 3)]

    assert [bool(fate) for fate in store(Away(), given, nothing, 3.0)] == [True, False, True]
