"""svcerrors.sink.storing: each row has a fate of its own, and no table waits for another."""

import threading

from svcerrors._errors import WarehouseRefused, WarehouseUnavailable
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


class Naming:
    """A store that names the rows it will never take, or takes none of a request without a word on which."""

    def __init__(self, bad, *, names=True):
        self._bad, self._names = bad, names
        self.requests = []

    def insert(self, table, rows):
        found = [one["name"] for one in rows]
        self.requests.append((table, found))
        if faults := {number: "so it is" for number, name in enumerate(found) if name in self._bad}:
            raise WarehouseRefused("refused", faults if self._names else {})


def kept(one, reason):
    return [Row(REJECTED, {"name": f"{one.columns['name']}: {reason}"}, one.delivery, 1)]


def test_rows_that_are_named_go_to_quarantine_together_and_the_others_are_stored():
    """In three requests, however many rows there are: all, the good ones, and the bad ones with the reason of each."""
    warehouse = Naming({2, 5})
    given = [row("service_errors", number) for number in range(500)]

    assert store(warehouse, given, kept, 3.0) == [None] * 500
    good = [number for number in range(500) if number not in {2, 5}]
    bad = [f"{number}: service_errors: so it is" for number in (2, 5)]
    assert warehouse.requests[1:] == [("service_errors", good), (REJECTED, bad)]


def test_a_row_that_is_not_named_is_found_by_halving():
    """A request that is too large, or was refused without a word: half of it, and half of that."""
    warehouse = Naming({5}, names=False)
    given = [row("service_errors", number) for number in range(8)]

    assert store(warehouse, given, kept, 3.0) == [None] * 8
    assert warehouse.requests[-1] == ("service_errors", [6, 7])
    assert (REJECTED, ["5: refused"]) in warehouse.requests


def test_all_of_them_bad():
    """Nothing is sent twice; nothing is acknowledged that the quarantine did not take."""
    warehouse = Naming({0, 1, "0: service_errors: so it is"})

    fates = store(warehouse, [row("service_errors", 0), row("service_errors", 1)], kept, 3.0)

    assert [bool(fate) for fate in fates] == [True, False]
    assert [table for table, _ in warehouse.requests] == ["service_errors", REJECTED, REJECTED]
