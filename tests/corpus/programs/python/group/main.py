def fail(name):
    raise ValueError(f"no weight for {name}")


def gather():
    errors = []
    for name in ("home", "away"):
        try:
            fail(name)
        except ValueError as exc:
            exc.add_note("seen twice")
            errors.append(exc)
    raise ExceptionGroup("could not load", errors)


gather()
