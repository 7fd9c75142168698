"""Performer: does runs that are more than one request, each in a task of its own, from its instant on."""

import asyncio
from collections.abc import Callable, Iterable

from pypes.clock import SECOND
from pypes.engine.doing import NOT_NOW
from pypes.engine.ending import Why
from pypes.engine.means import Means
from pypes.engine.performance import Performance
from pypes.model.run import Claimed, Settled


class Performer:
    """Starts each run at its instant, never before; `on_end` hears of every one that was done once."""

    def __init__(self, means: Means, *, on_end: Callable[[Settled], None]) -> None:
        self._means = means
        self._clock = means.tools.clock
        self._lease = means.tools.lease
        self._on_end = on_end
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._ahead: dict[str, Claimed] = {}
        """Those of them that have not begun."""
        self._why: dict[str, Why] = {}

    @property
    def held(self) -> int:
        """How many runs are held here: ahead of their instant, or under way."""
        return len(self._tasks)

    def holds(self, run_id: str) -> bool:
        """Whether a run is held here."""
        return run_id in self._tasks

    def ids(self) -> list[str]:
        """The runs that are held here."""
        return list(self._tasks)

    def add(self, run: Claimed) -> None:
        """Do a claimed run at its `due_at`, or now if that is past."""
        self._drop(run.id)
        self._ahead[run.id] = run
        task = asyncio.get_running_loop().create_task(self._perform(run), name=f"run {run.id}")
        self._tasks[run.id] = task
        task.add_done_callback(lambda done: self._forget(run.id, done))

    def revoke(self, run_ids: Iterable[str]) -> None:
        """Do not begin these, if that can still be helped."""
        for run_id in run_ids:
            if run_id in self._ahead:
                self._drop(run_id)

    def cut(self, run_ids: Iterable[str]) -> None:
        """Give up what is under way for runs that were called off; each that had begun ends as cancelled."""
        for run_id in run_ids:
            self._give_up(run_id, "cancelled")

    def take_ahead(self) -> list[tuple[str, int]]:
        """Give up all that has not begun; their ids, and when each is due."""
        ahead = [(run.id, run.due_at) for run in self._ahead.values()]
        self.revoke([run_id for run_id, _ in ahead])
        return ahead

    def withdraw_all(self) -> tuple[int, int]:
        """Drop everything without a word: others do it now; how many had not begun, and how many had."""
        ahead, begun = len(self.take_ahead()), list(self._tasks)
        for run_id in begun:
            self._give_up(run_id, "lost")
        return ahead, len(begun)

    async def stop(self, patience: float) -> int:
        """Let what has begun end, at most `patience` seconds; how many runs were cut."""
        self.take_ahead()
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=patience)
        late = list(self._tasks)
        tasks = list(self._tasks.values())
        for run_id in late:
            self._give_up(run_id, "stopped")
        await asyncio.gather(*tasks, return_exceptions=True)
        return len(late)

    async def _perform(self, run: Claimed) -> None:
        await self._wait_until(run.due_at)
        del self._ahead[run.id]
        performance = Performance(run, self._means)
        try:
            settled = await performance.perform()
        except asyncio.CancelledError:
            settled = performance.given_up(self._why.get(run.id, "stopped"))
        except Exception as bug:  # noqa: BLE001 - a bug about one run is that run's failure
            settled = performance.broken(bug)
        if settled is not None:
            self._on_end(settled)

    async def _wait_until(self, moment: int) -> None:
        """Sleep until an instant, a second at most at a time: clocks are set; and until we may start."""
        while (left := moment - self._clock.now()) > 0 or not self._lease.holds():  # noqa: ASYNC110 - no event
            await asyncio.sleep(min(1.0, left / SECOND) if left > 0 else NOT_NOW)

    def _give_up(self, run_id: str, why: Why) -> None:
        if run_id in self._tasks:
            self._why[run_id] = why
            self._drop(run_id)

    def _drop(self, run_id: str) -> None:
        """Cancel what is done for a run; one that has not begun is forgotten at once."""
        if (task := self._tasks.get(run_id)) is not None:
            task.cancel()
            if self._ahead.pop(run_id, None) is not None:
                self._forget(run_id, task)

    def _forget(self, run_id: str, task: "asyncio.Task[None]") -> None:
        if self._tasks.get(run_id) is task:
            del self._tasks[run_id]
            self._why.pop(run_id, None)
