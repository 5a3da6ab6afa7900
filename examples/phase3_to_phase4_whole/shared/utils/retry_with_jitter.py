"""What the bundle lacked: laid over phase3_to_phase4, it makes the revision that worked."""

import functools
import random
import time


def retry_with_jitter(attempts):
    """Retry a function, with a random wait between attempts."""

    def decorate(function):
        @functools.wraps(function)
        def retrying(*args, **kwargs):
            for _ in range(attempts - 1):
                try:
                    return function(*args, **kwargs)
                except ConnectionError:
                    time.sleep(random.uniform(0.1, 1.0))
            return function(*args, **kwargs)

        return retrying

    return decorate
