"""Times: the clock of this machine, in microseconds since the epoch."""

import time

from bench.arrivals import SECOND


def now() -> int:
    """This moment."""
    return time.time_ns() // 1000


def wait_for_second(offset: float = 0.0) -> int:
    """Sleep until the next whole second and `offset` seconds more; that whole second."""
    second = now() // SECOND * SECOND + SECOND
    time.sleep(max(0.0, (second - now()) / SECOND + offset))
    return second
