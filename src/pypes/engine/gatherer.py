"""Gatherer: the loop that lets gathered inputs become runs when they have waited long enough."""

import asyncio

from pypes.clock import SECOND
from pypes.engine.tools import Tools
from pypes.errors import PypesError
from pypes.store.gathering import release
from pypes.store.pausing import end_pauses

BATCH = 1000
"""Gatherings released in one transaction."""
LONGEST_SLEEP = SECOND
"""Clock steps and other daemons' writes are noticed at least this often."""


class Gatherer:
    """Releases debounces that are calm and batches whose time is over, and ends pauses that no slot ends."""

    def __init__(self, tools: Tools) -> None:
        self._store = tools.store
        self._clock = tools.clock

    async def run(self) -> None:
        """Look, release, sleep until the next one, until cancelled."""
        while True:
            self._store.gathered.clear()
            try:
                left = await self._look(self._clock.now())
            except PypesError:
                left = LONGEST_SLEEP
            await self._sleep(left)

    async def _look(self, now: int) -> int:
        """Release what is due; how long until there may be more, in microseconds."""
        next_at, pauses = await self._store.read(lambda tx: (tx.next_gathering(), tx.pauses_over(now)))
        if pauses:
            await self._store.write(lambda tx: end_pauses(tx, pauses, now))
        if next_at is None or next_at > now:
            return LONGEST_SLEEP if next_at is None else next_at - now
        released = await self._store.write(lambda tx: release(tx, now, BATCH))
        return 0 if released else LONGEST_SLEEP

    async def _sleep(self, micros: int) -> None:
        try:
            async with asyncio.timeout(min(micros, LONGEST_SLEEP) / SECOND):
                await self._store.gathered.wait()
        except TimeoutError:
            return
