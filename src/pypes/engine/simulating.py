"""Simulate: the real claims, decisions and records on a clock that jumps, with steps that send nothing.

Only the outside is missing: every run succeeds, `duration` after it started.
"""

import heapq
from contextlib import AbstractContextManager

from pypes.engine.claiming import claim
from pypes.engine.held import PLAIN
from pypes.engine.recording import record
from pypes.model.agent import Agent
from pypes.model.run import Claimed, settle
from pypes.receipt import Receipt
from pypes.store.run_rows import RunRow
from pypes.store.saving import save_agents
from pypes.store.scratch import Scratch, scratch_store
from pypes.store.tx import Tx

BATCH = 1000
"""Schedules decided in one claim, as in a daemon."""
OWNER = "simulation"
TICKS_A_COMMIT = 500
"""Nothing of a simulation outlives it: commits only keep its transactions short."""


def simulate(
    agents: list[Agent], *, start: int, end: int, duration: int = 0, limit: int = 1_000_000
) -> list[RunRow]:
    """What the ledger would say of the slots from `start` to `end`, for agents saved right before.

    At most `limit` rows, oldest first. Microseconds, moments those of UTC; `duration` is what each run takes.
    """
    with scratch_store() as scratch:
        simulation = Simulation(scratch, now=start - 1, duration=duration)
        simulation.save(agents)
        simulation.run_until(end)
        return scratch.tx.simulated_runs(start, end, limit)


class Simulation:
    """A store, a clock that only `run_until` and its owner move, and the runs under way."""

    def __init__(self, scratch: Scratch, *, now: int, duration: int = 0) -> None:
        self.now = now
        self._scratch = scratch
        self._tx = scratch.tx
        self._duration = duration
        self._under_way: list[tuple[int, str, int, Claimed]] = []

    def save(self, agents: list[Agent]) -> None:
        """Save agents now."""
        with self._scratch.transaction() as tx:
            save_agents(tx, agents, self.now)

    def transaction(self) -> AbstractContextManager[Tx]:
        """Ask or change something besides."""
        return self._scratch.transaction()

    def run_until(self, end: int) -> None:
        """Claim, run and record everything up to and including `end`; some ticks share a commit."""
        while self.now <= end:
            with self._scratch.transaction():
                for _ in range(TICKS_A_COMMIT):
                    if self.now <= end:
                        self._tick(end)

    def _tick(self, end: int) -> None:
        claimed = claim(self._tx, now=self.now, owner=OWNER, limit=BATCH)
        for run in claimed.runs:
            started = max(run.due_at, self.now)
            heapq.heappush(self._under_way, (started + self._duration, run.id, started, run))
        wake_at = end + 1 if claimed.next_wake is None else claimed.next_wake
        if self._under_way:
            wake_at = min(wake_at, self._under_way[0][0])
        self.now = max(self.now, min(wake_at, end + 1))
        self._settle_ended()

    def _settle_ended(self) -> None:
        settled = []
        while self._under_way and self._under_way[0][0] <= self.now:
            finished, _, started, run = heapq.heappop(self._under_way)
            receipt = Receipt(200, started=started, finished=finished, bytes=0, clipped=False, body="")
            settled.append(settle(run, receipt, PLAIN))
        if settled:
            record(self._tx, settled, owner=OWNER, now=self.now)
