"""A function that does its work."""


def schedule(request):
    """Return today's games."""
    return {"games": 11}
