import sys

import pytest

from svcerrors._frames import FIRST, LAST, Frame, culprit, in_app, relative, walk


def traceback_of(function):
    try:
        function()
    except Exception as exc:
        return exc.__traceback__


@pytest.mark.parametrize(
    ("path", "own"),
    [
        ("/workspace/main.py", True),
        ("main.py", True),
        ("C:\\work\\main.py", True),
        ("/layers/google.python.pip/lib/python3.11/site-packages/flask/app.py", False),
        ("/usr/lib/python3/dist-packages/flask/app.py", False),
        ("/usr/local/lib/python3.12/asyncio/runners.py", False),
        ("/usr/local/bin/functions-framework", False),
        ("<frozen importlib._bootstrap>", False),
        ("/checkout/src/svcerrors/_capture.py", False),
        ("/checkout/svcerrors/report.py", True),
    ],
)
def test_whose_code_a_file_is(path, own):
    """The path alone decides."""
    assert in_app(path) is own


def test_a_traceback_is_its_frames():
    """Outermost first, with the source line of the team's own code."""

    def fail():
        raise ValueError("password=hunter2")

    frames = walk(traceback_of(fail))
    assert [frame.function for frame in frames] == ["traceback_of", "fail"]
    assert frames[1].code == 'raise ValueError("password=[redacted]")'
    assert frames[1].module == __name__


def test_a_deep_traceback_is_bounded():
    """The outermost and the innermost frames are kept."""

    def deep(n):
        if n == 0:
            raise ValueError
        deep(n - 1)

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    try:
        frames = walk(traceback_of(lambda: deep(10_000)))
    finally:
        sys.setrecursionlimit(limit)
    assert len(frames) == FIRST + LAST
    assert (frames[0].function, frames[-1].code) == ("traceback_of", "raise ValueError")


def test_no_traceback_is_no_frames():
    """An exception need not have been raised."""
    assert walk(None) == ()


def test_the_culprit_is_the_innermost_own_frame():
    """Its path is relative to a usual root."""
    frames = [
        Frame("/usr/lib/python3.11/runpy.py", 1, "run"),
        Frame("/workspace/main.py", 3, "handler"),
        Frame("/workspace/shared/utils/bigquery_utils.py", 23, "<module>"),
        Frame("/x/site-packages/google/api.py", 5, "call"),
    ]
    assert culprit(frames) == "shared/utils/bigquery_utils.py:23 in <module>"
    assert culprit(frames[:1]) is None


@pytest.mark.parametrize(
    ("path", "outermost", "shown"),
    [
        ("/workspace/a/b.py", "/workspace/main.py", "a/b.py"),
        ("/home/me/shop/a/b.py", "/home/me/shop/main.py", "a/b.py"),
        ("/home/me/other/b.py", "/home/me/shop/main.py", "/home/me/other/b.py"),
        ("b.py", "", "b.py"),
    ],
)
def test_a_path_is_shown_from_the_services_root(path, outermost, shown):
    """A usual root, else the folder of the outermost own file."""
    assert relative(path, outermost) == shown
