"""Which service an address is, where the address tells."""

import re
from typing import NamedTuple

__all__ = ["service_of"]


class Address(NamedTuple):
    """A form of address; the group `name` is the service, the job or the workflow."""

    pattern: str
    is_function: bool = False


# https://cloud.google.com/run/docs/triggering/https-request#urls, https://cloud.google.com/functions/docs/calling/http
_ADDRESSES = (
    Address(r"https://(?P<name>[a-z][a-z0-9-]*)-[a-z0-9]{10}-[a-z]{1,3}\.a\.run\.app(/.*)?"),
    Address(r"https://(?P<name>[a-z][a-z0-9-]*)-\d{6,}\.[a-z0-9-]+\.run\.app(/.*)?"),
    Address(r"https://[a-z0-9-]+\.cloudfunctions\.net/(?P<name>[\w-]+)(/.*)?", is_function=True),
    Address(r"https://[a-z0-9-]*run\.googleapis\.com/.*/jobs/(?P<name>[a-z][a-z0-9-]*):run"),
    Address(r"https://workflowexecutions\.googleapis\.com/.*/workflows/(?P<name>[\w-]+)/executions"),
)


def service_of(address: str) -> str | None:
    """Return the name of the service, the job or the workflow that an address calls; None where it does not tell.

    A function is named as the Cloud Run service that it is: in lower case, with hyphens.
    """
    for one in _ADDRESSES:
        if found := re.fullmatch(one.pattern, address):
            name = found["name"]
            return name.lower().replace("_", "-") if one.is_function else name
    return None
