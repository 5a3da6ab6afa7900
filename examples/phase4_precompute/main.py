"""A function that uses svcerrors. One request in three fails."""

import itertools

import svcerrors

svcerrors.init()

GAMES = itertools.cycle([{"home": 101, "away": 99}, {"home": 88, "away": 90}, {"home": 120}])


@svcerrors.capture_errors(labels={"phase": "4", "processor_name": "precompute"})
def precompute(request):
    """Compute the margin of the next game."""
    return {"margin": margin(next(GAMES))}


def margin(game):
    """Return by how much the home team won."""
    return game["home"] - game["away"]
