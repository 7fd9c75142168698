"""Janitor: rescues runs whose holder is gone, gives back seats, prunes in small batches."""

import asyncio
from functools import partial

from pypes.clock import Clock
from pypes.engine.dispatcher import Dispatcher
from pypes.engine.telling import Teller
from pypes.errors import PypesError
from pypes.log import Log
from pypes.store.ledger import call_next
from pypes.store.store import Store
from pypes.store.tx import Tx

EVERY = 1.0
"""Seconds between two rounds."""
PRUNE_EVERY = 5
"""Rounds between two prunes."""
PRUNE_BATCH = 500
"""Rows forgotten in one transaction: few enough to delay no fire."""
MOST_BATCHES = 20
"""Batches in one round; what is left waits for the next."""


class Janitor:
    """Keeps the store small, and seats free."""

    def __init__(
        self,
        store: Store,
        dispatcher: Dispatcher,
        *,
        clock: Clock,
        owner: str,
        teller: Teller,
        keep_runs_for: int,
        keep_runs_count: int,
        keep_inputs: int,
    ) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._clock = clock
        self._owner = owner
        self._teller = teller
        self._keep_runs_for = keep_runs_for
        self._keep_runs_count = keep_runs_count
        self._keep_inputs = keep_inputs

    async def run(self) -> None:
        """Round after round until cancelled."""
        rounds = 0
        while True:
            await asyncio.sleep(EVERY)
            self._teller.sum_up()
            try:
                await self._free_seats()
                if rounds % PRUNE_EVERY == 0:
                    await self._prune(self._clock.now())
            except PypesError:
                continue
            finally:
                rounds += 1

    async def _free_seats(self) -> None:
        stuck = self._dispatcher.take_stuck()
        if stuck:
            await self._store.write(lambda tx: tx.release_runs(stuck, self._owner))

    async def _prune(self, now: int) -> None:
        agents, self._store.touched_agents = self._store.touched_agents, set()
        for agent_id in agents:
            await self._store.write(partial(Tx.prune_inputs, agent_id=agent_id, keep=self._keep_inputs))
        for _ in range(MOST_BATCHES):
            if not await self._store.write(lambda tx: self._prune_batch(tx, now)):
                return
            await asyncio.sleep(0)

    def _prune_batch(self, tx: Tx, now: int) -> int:
        """Forget some of the oldest runs; 0 when there is none too many."""
        surplus = tx.counts()["runs"] - self._keep_runs_count
        if surplus > 0:
            pruned = tx.prune_runs(before=now, finished_before=now, limit=min(surplus, PRUNE_BATCH))
        else:
            oldest = now - self._keep_runs_for
            pruned = tx.prune_runs(before=oldest, finished_before=oldest, limit=PRUNE_BATCH)
            tx.prune_actions(oldest, PRUNE_BATCH)
        tx.add_to_count("runs", -pruned)
        return pruned


async def rescue(store: Store, *, clock: Clock, owner: str, log: Log) -> None:
    """At a start: the owner lock proves that whoever held runs is dead, so they are taken again at once."""
    now = clock.now()

    def unit(tx: Tx) -> tuple[int, int]:
        failed = tx.fail_crashers(owner, now)
        rescued = tx.rescue_runs(owner, now)
        for action_id in failed:
            call_next(tx, action_id, now)
        tx.wake(now)
        return rescued, len(failed)

    rescued, failed = await store.write(unit)
    if rescued:
        log.say("scheduler", f"{rescued} unfinished run(s) of a daemon that died are taken again")
    if failed:
        log.say("scheduler", f"{failed} run(s) were open in too many crashes and are failed")
