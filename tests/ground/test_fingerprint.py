import pytest

from svcerrors._fingerprint import fingerprint, normalise
from svcerrors._frames import Frame

OWN = (Frame("/workspace/main.py", 3, "handler"), Frame("/workspace/shared/load.py", 23, "load"))


def test_it_is_pinned():
    """A change of this value regroups every error of every service: it needs a new version."""
    assert fingerprint("KeyError", OWN, "ignored") == "v1:370dbdbd6cb20820"


@pytest.mark.parametrize(
    "same",
    [
        tuple(frame._replace(line=99) for frame in OWN),
        tuple(frame._replace(file=frame.file.replace("/workspace", "/app")) for frame in OWN),
        (Frame("/usr/lib/python3.12/runpy.py", 1, "run"), *OWN),
        (Frame("/x/svcerrors/_capture.py", 1, "captured"), *OWN),
        (*OWN, Frame("/workspace/shared/load.py", 24, "<listcomp>")),
        (*OWN, *OWN[1:] * 50),
    ],
)
def test_what_does_not_matter(same):
    """Lines, roots, the interpreter's and our frames, comprehensions, and how deep a recursion went."""
    assert fingerprint("KeyError", same, "") == fingerprint("__main__.KeyError", OWN, "other")


def test_what_matters():
    """The type, and where it came from."""
    told = {
        fingerprint("KeyError", OWN, ""),
        fingerprint("ValueError", OWN, ""),
        fingerprint("KeyError", OWN[:1], ""),
        fingerprint("KeyError", OWN[::-1], ""),
    }
    assert len(told) == 4


def test_without_own_frames_the_message_decides():
    """But for its variable parts; a LoggedError always."""
    foreign = [Frame("/usr/lib/python3.12/runpy.py", 1, "run")]
    assert fingerprint("E", foreign, "row 17 is bad") == fingerprint("E", (), "row 18 is bad")
    assert fingerprint("E", (), "row is bad") != fingerprint("E", (), "row is good")
    assert fingerprint("LoggedError", OWN, "a") != fingerprint("LoggedError", OWN, "b")


@pytest.mark.parametrize(
    ("message", "normal"),
    [
        ("No module named 'shared.utils'", "No module named '…'"),
        ("cannot read /workspace/data/2026-01-25.csv", "cannot read …/#-#-#.csv"),
        ("order 4bf92f35-77b3-4da6-a3ce-929d0e0e4736 failed", "order # failed"),
        ("<Lock at 0x7f00aa>  took\n 1.5 s", "<Lock at #> took #.# s"),
    ],
)
def test_a_message_without_its_variable_parts(message, normal):
    """Quoted values, folders, ids, addresses and numbers go."""
    assert normalise(message) == normal
