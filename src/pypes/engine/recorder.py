"""Recorder: the loop that gathers outcomes for a few milliseconds and has them settled together."""

import asyncio
from collections.abc import Callable
from functools import partial

from pypes.engine.recording import record
from pypes.engine.tools import Tools
from pypes.errors import Unavailable
from pypes.model.run import Claimed, Settled, settle
from pypes.receipt import Failure, Outcome
from pypes.steps.call import Call
from pypes.store.tx import Tx

GATHER = 0.02
"""Seconds to wait for more outcomes before a transaction …"""
LONGEST_GATHER = 0.25
"""… and at most, while requests are due that are not sent yet: those are in a hurry, records are not."""
RETRY = 0.5
"""Seconds between two tries while the store cannot be written."""

Ended = tuple[Claimed, Call, Outcome] | Settled
"""An outcome, or what was made of one already: of a run that was done step by step."""


class Recorder:
    """Writes what came of runs, in the order in which they ended."""

    def __init__(self, tools: Tools, *, is_busy: Callable[[], bool]) -> None:
        self._store = tools.store
        self._clock = tools.clock
        self._owner = tools.owner
        self._log = tools.log
        self._health = tools.health
        self._figures = tools.figures
        self._teller = tools.teller
        self._is_busy = is_busy
        self._ended: list[Ended] = []
        self._something = asyncio.Event()
        self._nothing = asyncio.Event()
        self._nothing.set()

    def add(self, run: Claimed, call: Call, outcome: Outcome) -> None:
        """Take an outcome; it is on disk a few milliseconds later."""
        self._ended.append((run, call, outcome))
        self._something.set()
        self._nothing.clear()

    def holds(self, run_id: str) -> bool:
        """Whether a run's outcome waits here to be written."""
        ended = (each.run if isinstance(each, Settled) else each[0] for each in self._ended)
        return any(run.id == run_id for run in ended)

    def add_settled(self, settled: Settled) -> None:
        """Take a run that was done step by step, with what came of it."""
        self._ended.append(settled)
        self._something.set()
        self._nothing.clear()

    async def run(self) -> None:
        """Settle what ended, batch after batch."""
        while True:
            await self._something.wait()
            await self._gather()
            await self._settle_gathered()

    async def _gather(self) -> None:
        loop = asyncio.get_running_loop()
        latest = loop.time() + LONGEST_GATHER
        await asyncio.sleep(GATHER)
        while self._is_busy() and loop.time() < latest:  # noqa: ASYNC110 - queues drain without events
            await asyncio.sleep(GATHER)

    async def drain(self) -> None:
        """Wait until everything that ended is on disk."""
        await self._nothing.wait()

    async def _settle_gathered(self) -> None:
        ended = list(self._ended)
        settled = await self._write([each if isinstance(each, Settled) else _settle(*each) for each in ended])
        del self._ended[: len(ended)]
        self._count(settled)
        self._teller.tell(settled)
        if not self._ended:
            self._something.clear()
            self._nothing.set()

    async def _write(self, settled: list[Settled]) -> list[Settled]:
        """Write until it is written: an outcome is never dropped because the disk was full for a while."""
        again = False
        while True:
            try:
                found = await self._store.write(partial(self._record, settled=settled, again=again))
            except Unavailable as error:
                again = True
                if self._health.report("recorder", error.message):
                    self._log.say("recorder", error.message)
                await asyncio.sleep(RETRY)
            except Exception as error:  # noqa: BLE001 - a bug about one run must not keep the others unrecorded
                self._log.say("recorder", f"internal error while recording: {error!r}")
                self._health.recover("recorder")
                return [done for done in settled if await self._write_alone(done)]
            else:
                if self._health.recover("recorder"):
                    self._log.say("recorder", "records again")
                self._say_refused([done for done, rows in zip(settled, found, strict=True) if not rows])
                return [done for done, rows in zip(settled, found, strict=True) if rows]

    def _record(self, tx: Tx, settled: list[Settled], again: bool) -> list[int]:  # noqa: FBT001 - by name
        """Settle; when tried again, what is on disk already, its answer alone being lost, counts as found."""
        found = record(tx, settled, owner=self._owner, now=self._clock.now())
        if not again:
            return found
        return [
            rows or int(tx.is_recorded(done, self._owner)) for done, rows in zip(settled, found, strict=True)
        ]

    async def _write_alone(self, done: Settled) -> bool:
        """Write the bare outcome of one run; whether that worked."""
        try:
            found = await self._store.write(lambda tx: tx.settle_runs([done], self._owner))
        except Exception as error:  # noqa: BLE001 - likewise
            self._log.say("recorder", f"cannot be recorded: {error!r}", run=done.run.id)
            return False
        return bool(found[0])

    def _say_refused(self, lost: list[Settled]) -> None:
        self._figures.results_refused += len(lost)
        for done in lost:
            sentence = "a result came too late and is dropped: the run is no longer held here"
            self._log.say("recorder", sentence, agent=done.run.agent, run=done.run.id)

    def _count(self, settled: list[Settled]) -> None:
        for done in settled:
            kind = "retried" if done.state == "waiting" else done.state
            self._figures.attempts[kind] = self._figures.attempts.get(kind, 0) + 1
            if done.run.attempt == 1:
                self._figures.first_attempt(done.started - done.run.due_at)


def _settle(run: Claimed, call: Call, outcome: Outcome) -> Settled:
    """No answer, however odd, may keep others from being recorded."""
    try:
        return settle(run, outcome, call)
    except Exception as error:  # noqa: BLE001 - a bug in judging one answer is that run's failure
        message = f"internal error while judging the answer: {error!r}"
        failure = Failure(message, retryable=False, started=outcome.started, finished=outcome.finished)
        return settle(run, failure, call)
