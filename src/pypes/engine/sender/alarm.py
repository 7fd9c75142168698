"""One timer for the deadlines of many: setting one for each request would cost more than sending it."""

import asyncio
from collections.abc import Callable

from pypes.clock import SECOND

FOREVER = 1 << 62
"""A moment that never comes."""
COARSE = 50_000
"""At least so long between two looks for what has taken too long."""
SLACK = 1000
"""By so much a timer may come early: the loop's clock ticks in milliseconds."""


class Alarm:
    """Calls `look(now)` when the first deadline is over; it gives the next one, FOREVER if there is none.

    Whoever has a deadline sooner than `at` calls `by`; a later one is found when the alarm rings.
    Moments are the monotonic clock's, in microseconds.
    """

    def __init__(self, tick: Callable[[], int], look: Callable[[int], int]) -> None:
        self._tick = tick
        self._look = look
        self._timer: asyncio.TimerHandle | None = None
        self.at = FOREVER

    def by(self, moment: int) -> None:
        """Ring at that moment at the latest."""
        if moment < self.at:
            self.stop()
            self.at = moment
            delay = max(0, moment - self._tick()) / SECOND
            self._timer = asyncio.get_running_loop().call_later(delay, self.ring)

    def ring(self) -> None:
        """Look now."""
        self.stop()
        now = self._tick() + SLACK
        due = self._look(now)
        if due < FOREVER:
            self.by(max(due, now + COARSE))

    def stop(self) -> None:
        """Ring no more, until somebody asks again."""
        self.at = FOREVER
        if self._timer:
            self._timer.cancel()
            self._timer = None
