"""`python -m svcerrors`."""

from svcerrors.cli import main

main()
