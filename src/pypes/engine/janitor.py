"""Janitor: gives back seats, notes what is under way, sends held alerts, prunes in small batches."""

import asyncio

from pypes.engine.dispatcher import Dispatcher
from pypes.engine.forgetting import InputForgetter
from pypes.engine.tools import Tools
from pypes.errors import PypesError
from pypes.model.budget import day_of
from pypes.store.alerting import send_held
from pypes.store.loading import finish_loads
from pypes.store.tx import Tx

EVERY = 1.0
"""Seconds between two rounds."""
PRUNE_BATCH = 1000
"""Rows forgotten in one transaction: few enough to delay no fire, which was claimed ahead."""
PRUNE_PAUSE = 0.01
"""Seconds between two such transactions."""
KEEP_SPENDING = 90
"""Days for which what models have used is kept."""
MOST_BATCHES = 50
"""Batches in one round: more rows than are born in a second; what is left waits for the next."""


class Janitor:
    """Keeps the store small, and seats free."""

    def __init__(
        self,
        tools: Tools,
        dispatcher: Dispatcher,
        *,
        keep_runs_for: int,
        keep_runs_count: int,
        keep_inputs: int,
        keep_inputs_for: int | None = None,
    ) -> None:
        self._store = tools.store
        self._clock = tools.clock
        self._owner = tools.owner
        self._teller = tools.teller
        self._dispatcher = dispatcher
        self._keep_runs_for = keep_runs_for
        self._keep_runs_count = keep_runs_count
        self._inputs = InputForgetter(tools.store, keep=keep_inputs, keep_for=keep_inputs_for)
        self._to_release: list[tuple[str, int]] = []

    async def run(self) -> None:
        """Round after round until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            self._teller.sum_up()
            try:
                await self._free_seats()
                await self._note_started()
                await self._store.write(lambda tx: send_held(tx, self._clock.now()))
                await finish_loads(self._store, self._clock)
                await self._prune(self._clock.now())
            except PypesError:
                continue

    async def _free_seats(self) -> None:
        self._to_release += self._dispatcher.take_stuck()
        if releases := list(self._to_release):
            await self._store.write(lambda tx: tx.release_runs(releases, self._owner))
            del self._to_release[: len(releases)]

    async def _note_started(self) -> None:
        """Whoever takes over a run is to know that it was sent."""
        if started := self._dispatcher.take_under_way():
            await self._store.write(lambda tx: tx.note_started(started, self._owner))

    async def _prune(self, now: int) -> None:
        await self._inputs.forget(now)
        for _ in range(MOST_BATCHES):
            if not await self._store.write(lambda tx: self._prune_batch(tx, now)):
                return
            await asyncio.sleep(PRUNE_PAUSE)

    def _prune_batch(self, tx: Tx, now: int) -> int:
        """Forget some of the oldest runs; 0 when there is none too many."""
        surplus = tx.counts()["runs"] - self._keep_runs_count
        if surplus > 0:
            pruned = tx.prune_runs(before=now, finished_before=now, limit=min(surplus, PRUNE_BATCH))
        else:
            oldest = now - self._keep_runs_for
            pruned = tx.prune_runs(before=oldest, finished_before=oldest, limit=PRUNE_BATCH)
            tx.prune_actions(oldest, PRUNE_BATCH)
            tx.prune_alerts(oldest)
            tx.prune_steps(oldest)
            tx.prune_spending(day_of(now) - KEEP_SPENDING)
        tx.add_to_count("runs", -pruned)
        return pruned
