"""The lists of triggers, asked of Google Cloud itself: whoever may list them needs no gcloud."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import urlencode

from svcerrors._errors import SvcErrorsError, WarehouseError, WarehouseUnavailable
from svcerrors.ops.expect.triggers import Trigger, read_entries
from svcerrors.warehouse._google_http import Answer, GoogleHttp
from svcerrors.warehouse._patience import RETRY_SECONDS, Passing, patiently

__all__ = ["listed"]

PAGE_SIZE = 500
"""Entries of a page at most (https://cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs/list)."""

_AT_ONCE = 8
"""A project has some forty locations, each with a list of jobs of its own."""

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"


class Api(NamedTuple):
    """Where triggers of one kind are listed.

    Attributes:
        service: The name of the API; where it is, unless the variable that gcloud reads names another address.
        role: What an account needs to list them.
        lists: What is listed, in the path and in the answer.
        has_locations: Does each location of a project have a list of its own?
    """

    service: str
    role: str
    lists: str
    has_locations: bool


_APIS = {
    "scheduler": Api("cloudscheduler", "roles/cloudscheduler.viewer", "jobs", has_locations=True),
    "subscription": Api("pubsub", "roles/pubsub.viewer", "subscriptions", has_locations=False),
}


def listed(kind: str, projects: Iterable[str]) -> list[Trigger]:
    """Return the triggers of one kind that some projects have now, in all locations, in the order of their names.

    Args:
        kind: A key of LISTS.
        projects: Their ids.

    Raises:
        SvcErrorsError: A list cannot be had; a part of one is never returned, for the rest would seem to have vanished.
    """
    lists = _Lists(_APIS[kind])
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        parents = [parent for some in pool.map(lists.parents, sorted(set(projects))) for parent in some]
        found = [one for some in pool.map(lists.entries, parents) for one in some]
    return sorted(read_entries(kind, lists.where, found), key=lambda one: one.trigger_name)


class _Lists:
    def __init__(self, api: Api) -> None:
        base = os.environ.get(f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{api.service.upper()}", "").rstrip("/")
        base = base or f"https://{api.service}.googleapis.com"
        self.where, self._api = base.partition("://")[2], api
        try:
            self._http = GoogleHttp(base, self.where, is_anonymous=base.startswith("http://"), scope=_SCOPE)
        except WarehouseError as exc:
            raise SvcErrorsError(str(exc)) from exc

    def parents(self, project: str) -> list[str]:
        """Return what has a list of its own: the project, or each of its locations."""
        parent = f"projects/{project}"
        if not self._api.has_locations:
            return [parent]
        return [str(one.get("name")) for one in self._pages(f"{parent}/locations", "locations")]

    def entries(self, parent: str) -> list[dict[str, Any]]:
        """Return what the list of one of them holds."""
        return list(self._pages(f"{parent}/{self._api.lists}", self._api.lists))

    def _pages(self, path: str, key: str) -> Iterator[dict[str, Any]]:
        asked = {"pageSize": PAGE_SIZE}
        while True:
            told = self._told(f"/v1/{path}?{urlencode(asked)}", path)
            yield from told.get(key, ())
            if not told.get("nextPageToken"):
                return
            asked["pageToken"] = told["nextPageToken"]

    def _told(self, address: str, path: str) -> Mapping[str, Any]:
        try:
            answer = patiently(partial(self._answer, address), monotonic() + RETRY_SECONDS)
            told = json.loads(answer.body)
        except (WarehouseError, ValueError) as exc:
            raise SvcErrorsError(f"{path} cannot be listed: {exc}") from exc
        if answer.status != HTTPStatus.OK or not isinstance(told, dict):
            said = told.get("error", {}).get("message") if isinstance(told, dict) else None
            advice = f"give the account {self._api.role} there, and enable {self._api.service}.googleapis.com"
            raise SvcErrorsError(f"{path} cannot be listed: {said or f'status {answer.status}'}; {advice}")
        return told

    def _answer(self, address: str) -> Answer:
        try:
            answer = self._http.get(address)
        except WarehouseUnavailable as exc:
            raise Passing(exc) from exc
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Passing(WarehouseUnavailable(f"{self.where}: status {answer.status}"))
        return answer
