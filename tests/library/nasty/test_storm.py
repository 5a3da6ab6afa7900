"""Nasty input 40: ten thousand errors a second, from threads and tasks that are not to be mixed up."""

import asyncio
import threading

import svcerrors
from svcerrors import capture_errors, capture_exception
from svcerrors._outbox import release_all


def test_40_ten_thousand_errors(written):
    """A few lines, and an exact count."""

    @capture_errors(reraise=False)
    def work():
        raise ValueError("again")

    for _ in range(10_000):
        work()
    release_all()
    counts = [line["svcerrors"]["occurrences"] for line in written()]
    assert sum(counts) == 10_000
    assert len(counts) < 200


def test_40_labels_belong_to_a_thread_and_to_a_task(written):
    """Each error has those of its own, in a storm too."""
    svcerrors.init(rate_limit=None)

    def fail(number):
        with svcerrors.bound(number=number):
            capture_exception(ValueError(), fingerprint=str(number))

    async def task(number):
        svcerrors.bind(number=number)
        await asyncio.sleep(0)
        capture_exception(ValueError(), fingerprint=str(number))

    async def tasks():
        await asyncio.gather(*map(task, range(100, 150)))

    threads = [threading.Thread(target=fail, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asyncio.run(tasks())
    told = [line["svcerrors"] for line in written()]
    assert len(told) == 100
    assert all(own["fingerprint"] == str(own["labels"]["number"]) for own in told)
