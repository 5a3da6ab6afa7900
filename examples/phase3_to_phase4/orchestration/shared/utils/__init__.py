"""Small tools of the orchestrators."""
