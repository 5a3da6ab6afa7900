"""Every error of a Python service as one structured line on stdout."""
