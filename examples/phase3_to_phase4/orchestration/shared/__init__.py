"""What the orchestrators share."""
