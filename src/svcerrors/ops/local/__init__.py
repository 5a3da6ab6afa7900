"""Cloud Run, Cloud Logging and Pub/Sub as far as one machine needs them: real processes, real pipes, real HTTP."""
