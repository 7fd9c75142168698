"""Agenda: held runs by the instant at which they are due; `on_due` is given them then, never before."""

import asyncio
import heapq
from collections.abc import Callable

from pypes.clock import SECOND, Clock
from pypes.engine.held import Held


class Agenda:
    """One timer, for the earliest instant."""

    def __init__(self, clock: Clock, *, on_due: Callable[[list[Held]], None]) -> None:
        self._clock = clock
        self._on_due = on_due
        self._by_moment: dict[int, list[Held]] = {}
        self._moments: list[int] = []
        self._timer: asyncio.TimerHandle | None = None
        self._timer_for = 0
        self._stopped = False

    def add(self, held: Held) -> None:
        """Take a run that is ready; `arm` when those that come together are all here."""
        due_at = held.run.due_at
        if due_at not in self._by_moment:
            self._by_moment[due_at] = []
            heapq.heappush(self._moments, due_at)
        self._by_moment[due_at].append(held)

    def arm(self) -> None:
        """Set the timer for the earliest instant; it may wake early, and then is set again."""
        if not self._moments or self._stopped:
            return
        moment = self._moments[0]
        if self._timer is not None and self._timer_for == moment:
            return
        self._disarm()
        loop = asyncio.get_running_loop()
        delay = min(1.0, max(0, moment - self._clock.now()) / SECOND)
        self._timer = loop.call_later(delay, self._ring)
        self._timer_for = moment

    def stop(self) -> None:
        """Give nothing more."""
        self._stopped = True
        self._disarm()

    def _ring(self) -> None:
        self._timer = None
        now = self._clock.now()
        due: list[Held] = []
        while self._moments and self._moments[0] <= now:
            due += self._by_moment.pop(heapq.heappop(self._moments))
        if due:
            self._on_due(due)
        self.arm()

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
