"""svcerrors.sink.wakeup: what other threads settle reaches the loop, all of it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from svcerrors.sink.wakeup import Wakeup

FUTURES, THREADS = 4_000, 8


def test_whatever_threads_tell_at_once_is_heard():
    """None is left to wait for the next one to be told."""

    async def settled():
        loop, wakeup = asyncio.get_running_loop(), Wakeup()
        futures = [loop.create_future() for _ in range(FUTURES)]
        with ThreadPoolExecutor(THREADS) as pool:
            for future in futures:
                pool.submit(wakeup.tell, loop, future)
            return await asyncio.wait_for(asyncio.gather(*futures), 30)

    assert asyncio.run(settled()) == [None] * FUTURES


def test_a_request_that_went_away_holds_up_no_other():
    """Its connection is closed, its future cancelled; the next one is told all the same."""

    async def settled():
        loop, wakeup = asyncio.get_running_loop(), Wakeup()
        gone, there = loop.create_future(), loop.create_future()
        gone.cancel()
        wakeup.tell(loop, gone)
        wakeup.tell(loop, there)
        return await asyncio.wait_for(there, 30)

    assert asyncio.run(settled()) is None


def test_a_loop_that_is_closed_holds_up_no_other():
    """What was settled too late for one loop does not keep the next from being told."""
    wakeup, closed = Wakeup(), asyncio.new_event_loop()
    late = closed.create_future()
    closed.close()
    wakeup.tell(closed, late)

    async def settled():
        loop = asyncio.get_running_loop()
        there = loop.create_future()
        wakeup.tell(loop, there)
        return await asyncio.wait_for(there, 30)

    assert asyncio.run(settled()) is None
