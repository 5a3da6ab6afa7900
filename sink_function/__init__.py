"""The folder to deploy the sink from; `svcerrors bundle` copies it, with the wheel."""
