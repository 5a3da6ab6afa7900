"""What svcerrors can do, without a terminal."""
