"""svcerrors.ops.expect.listing: Google Cloud's own lists, over HTTP, from a server of ours in its place."""

import pytest

from support.google_sdk import api
from svcerrors._errors import SvcErrorsError
from svcerrors.ops.expect.listing import listed

PLACES = ("europe-west1", "us-west2")


def names(*parts):
    return [{"name": "/".join(parts[:-1]) + f"/{name}"} for name in parts[-1]]


LISTS = {
    "/v1/projects/team/locations": {"locations": names("projects/team/locations", PLACES)},
    "/v1/projects/team/locations/europe-west1/jobs": {"jobs": names("projects/team/locations/europe-west1/jobs", "ab")},
    "/v1/projects/team/locations/us-west2/jobs": {},
    "/v1/projects/team/subscriptions": {"subscriptions": names("projects/team/subscriptions", "ab")},
    "/v1/projects/other/subscriptions": {"subscriptions": names("projects/other/subscriptions", "c")},
}
"""What the server knows, by path; Google leaves out what is empty."""


@pytest.fixture
def google(monkeypatch):
    """Return a maker of servers in Google's place; each takes a function from path and query to an answer."""
    running = []

    def serve(answer):
        server = api(lambda _method, place, _body: answer(*place.split("?")))
        host, asked = server.__enter__()
        running.append(server)
        for name in ("CLOUDSCHEDULER", "PUBSUB"):
            monkeypatch.setenv(f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{name}", f"{host}/")
        return asked

    yield serve
    for server in running:
        server.__exit__(None, None, None)


def refused(status, message):
    return status, {"error": {"code": status, "message": message}}


def short(found):
    return [one.trigger_name.removeprefix("projects/") for one in found]


def test_jobs_of_every_location_are_one_list(google):
    """A location without a job answers with nothing at all."""
    google(lambda path, _: (200, LISTS[path]))

    assert short(listed("scheduler", ["team"])) == [f"team/locations/europe-west1/jobs/{name}" for name in "ab"]


def test_subscriptions_of_several_projects_are_one_list(google):
    """Each project is asked once, though it is named twice."""
    asked = google(lambda path, _: (200, LISTS[path]))

    assert short(listed("subscription", ["team", "other", "team"])) == [
        "other/subscriptions/c", "team/subscriptions/a", "team/subscriptions/b",
    ]  # fmt: skip
    assert len(asked) == 2


def test_a_list_is_read_to_its_last_page(google):
    """Each page names the next; the last names none."""
    pages = {"": "a", "2": "b", "3": "c"}

    def answer(_path, query):
        token = query.partition("pageToken=")[2]
        after = {"": "2", "2": "3"}.get(token)
        page = {"subscriptions": names("projects/team/subscriptions", pages[token])}
        return 200, page | ({"nextPageToken": after} if after else {})

    google(answer)
    assert short(listed("subscription", ["team"])) == [f"team/subscriptions/{name}" for name in "abc"]


def test_what_passes_is_asked_again(google):
    """A 503 and a 429 of one list are no end of it."""
    faults = [refused(503, "later"), refused(429, "slower")]
    google(lambda path, _: faults.pop() if faults else (200, LISTS[path]))

    assert len(listed("subscription", ["other"])) == 1


REFUSED = {
    "no right": (
        refused(403, "no"),
        "no; give the account roles/pubsub.viewer there, and enable pubsub.googleapis.com",
    ),
    "no project": (refused(404, "Requested project not found"), "Requested project not found; give the account"),
    "no answer of Google's": ((404, ["<html>"]), "status 404; give the account"),
    "not what is asked for": ((200, {"subscriptions": [{"name": "x"}]}), "is no subscription"),
    "long away": (refused(503, "later"), "status 503"),
}


@pytest.mark.parametrize(("answer", "words"), REFUSED.values(), ids=REFUSED)
def test_a_list_that_cannot_be_had_is_one_line(google, answer, words):
    """Also where another project's can: a part is never taken for the whole."""
    google(lambda path, _: answer if "team" in path else (200, LISTS[path]))

    with pytest.raises(SvcErrorsError) as raised:
        listed("subscription", ["team", "other"])
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


def test_no_answer_at_all_is_one_line(monkeypatch):
    """Nothing listens there."""
    monkeypatch.setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB", "http://127.0.0.1:9")

    with pytest.raises(SvcErrorsError, match=r"projects/team/subscriptions cannot be listed: .*127"):
        listed("subscription", ["team"])
