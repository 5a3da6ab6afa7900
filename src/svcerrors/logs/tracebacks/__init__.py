"""logs/tracebacks."""
