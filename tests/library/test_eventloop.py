"""What an event loop is left with, in real programs."""

import asyncio

import pytest

import svcerrors
from library.programs import run

BEFORE = "import asyncio, svcerrors\nsvcerrors.init()\n"
AFTER = "import svcerrors\nsvcerrors.init()\nimport asyncio\n"
CALLBACK = """
async def main():
    asyncio.get_running_loop().call_soon(lambda: 1 / 0)
    await asyncio.sleep(0.01)
asyncio.run(main())
"""
NEVER_READ = """
async def work():
    1 / 0
async def main():
    asyncio.ensure_future(work())
    await asyncio.sleep(0.01)
asyncio.run(main())
"""


@pytest.mark.parametrize("init", [BEFORE, AFTER])
@pytest.mark.parametrize("program", [CALLBACK, NEVER_READ])
def test_what_the_loop_is_left_with_is_recorded(init, program):
    """Whichever is imported first, asyncio or svcerrors; the loop's own report stays."""
    ended = run(init + program)
    assert [line["svcerrors"]["mechanism"] for line in ended.records] == ["asyncio"]
    assert ended.stderr.count("ZeroDivisionError: division by zero") == 1


def test_a_loops_own_handler_is_called_once():
    """The handler that the program set gets the error after us."""
    ended = run(
        BEFORE + CALLBACK.replace("    await", "    asyncio.get_running_loop().set_exception_handler(print)\n    await")
    )
    assert len(ended.records) == 1
    assert ended.stdout.count(b"ZeroDivisionError('division by zero')") == 1


def test_an_error_that_a_decorator_recorded_is_not_recorded_again():
    """A decorated task whose result nobody reads is one line."""
    ended = run(BEFORE + NEVER_READ.replace("async def work", "@svcerrors.capture_errors\nasync def work"))
    assert [line["svcerrors"]["mechanism"] for line in ended.records] == ["decorator"]


def test_uninstall_restores_the_loop():
    """The event loop's method is the one that was there."""
    before = asyncio.BaseEventLoop.call_exception_handler
    svcerrors.init()
    assert asyncio.BaseEventLoop.call_exception_handler is not before
    svcerrors.uninstall()
    assert asyncio.BaseEventLoop.call_exception_handler is before
