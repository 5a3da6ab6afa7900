"""A WSGI service that reads a setting when it is imported. The setting is missing: no gunicorn worker can boot."""

import os

ODDS_API = os.environ["ODDS_API_URL"]


def app(environ, start_response):
    """Answer with the address of the odds that are scraped."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [ODDS_API.encode()]
