"""svcerrors.ops.backfill.journal and window: where the next one goes on, and what it asks for."""

from datetime import UTC, datetime, timedelta

import pytest

from svcerrors._errors import SvcErrorsError, UsageError
from svcerrors.ops.backfill.journal import Journal
from svcerrors.ops.backfill.window import Window, resource_names, rfc3339

NOW = datetime(2026, 1, 25, 12, tzinfo=UTC)


def window(days=7, until=NOW, wanted="severity>=ERROR", resources=("projects/p",)):
    return Window(resources, wanted, until - timedelta(days=days), until)


@pytest.fixture
def where(tmp_path):
    return f"duckdb:{tmp_path}/w"


def ago(**span):
    return rfc3339(NOW - timedelta(**span))


def test_the_next_goes_on_where_the_last_broke_off(where):
    """Also when it begins a little later, as `--since 7d` does an hour on."""
    Journal(where, window()).reach(ago(days=3))

    assert Journal(where, window()).begin() == ago(days=3)
    assert Journal(where, window(until=NOW + timedelta(hours=1))).begin() == ago(days=3)


def test_what_an_earlier_one_did_not_read_is_read(where):
    """One that goes further back, or that begins after the place, or reads something else, begins at its start."""
    Journal(where, window()).reach(ago(days=3))

    for other in (window(8), window(2), window(wanted="x"), window(resources=("projects/q",))):
        assert Journal(where, other).begin() == rfc3339(other.since)
    assert Journal(where + "2", window()).begin() == ago(days=7)


def test_when_all_is_done_there_is_no_file(where):
    """The next one reads all again."""
    journal = Journal(where, window())
    journal.reach(ago(days=3))
    journal.forget()
    journal.forget()

    assert not journal.path.exists()
    assert journal.begin() == ago(days=7)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"since": 1, "reached": "x"}', '{"since": null}'])
def test_a_file_that_is_none_of_ours_begins_anew(where, content):
    """What cannot be read is not believed."""
    journal = Journal(where, window())
    journal.path.parent.mkdir()
    journal.path.write_text(content)

    assert journal.begin() == ago(days=7)


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    """It names the file."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SvcErrorsError, match=r"file/w/backfill-.*json: Not a directory"):
        Journal(f"duckdb:{tmp_path}/file/w", window()).reach(ago(days=3))


def test_a_shared_warehouse_has_its_file_where_a_local_one_would_be():
    """Beside nothing: it is not on this machine."""
    assert Journal("bigquery:p.d", window()).path.parts[0] == ".svcerrors"


def test_the_filter_stands_beside_the_times():
    """A comment at its end does not swallow the parenthesis."""
    assert window(wanted="a OR b -- why").filter_from(ago(days=1)) == (
        'timestamp>="2026-01-24T12:00:00.000000Z" AND timestamp<"2026-01-25T12:00:00.000000Z" AND (\na OR b -- why\n)'
    )


@pytest.mark.parametrize(("at", "part"), [(ago(days=8), 0), (ago(days=7), 0), (ago(hours=84), 0.5), (ago(days=-1), 1)])
def test_how_much_of_the_window_is_done(at, part):
    """From 0 to 1, whatever the time."""
    assert window().part_before(at) == part


def test_names_of_what_is_read():
    """Projects by id, all else by name."""
    view = "projects/p/locations/l/buckets/b/views/v"
    assert resource_names(("p", "projects/q"), (view, "folders/1")) == ("projects/p", "projects/q", view, "folders/1")


@pytest.mark.parametrize("name", ["p", "projects/", "buckets/b", ""])
def test_what_is_no_name_is_refused(name):
    """With what to write."""
    with pytest.raises(UsageError, match="give projects/P, folders/F, organizations/O"):
        resource_names((), (name,))


def test_no_project_is_refused():
    """Nothing is guessed."""
    with pytest.raises(UsageError, match="Give --project, or set GOOGLE_CLOUD_PROJECT"):
        resource_names((), ())
