"""The orchestrators of the pipeline."""
