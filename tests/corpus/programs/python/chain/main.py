class Refused(Exception):
    pass


def read(name):
    return {"away": 1}[name]


def load(name):
    try:
        return read(name)
    except KeyError as exc:
        raise Refused("no weight: for %s" % name) from exc


def orchestrate():
    try:
        load("home")
    except Refused:
        raise RuntimeError("first line\n\n  third line")


orchestrate()
