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
        self._due: dict[str, int] = {}
        """The instants of those that are held."""
        self._begun: dict[str, Performance] = {}
        self._why: dict[str, Why] = {}

    @property
    def held(self) -> int:
        """How many runs are held here: ahead of their instant, or under way."""
        return len(self._tasks)

    def holds(self, run_id: str) -> bool:
        """Whether a run is held here."""
        return run_id in self._tasks

    def held_ids(self) -> list[str]:
        """The runs that are held here."""
        return list(self._tasks)

    def add(self, run: Claimed) -> None:
        """Do a claimed run at its `due_at`, or now if that is past."""
        self._drop(run.id)
        task = asyncio.get_running_loop().create_task(self._perform(run), name=f"run {run.id}")
        self._tasks[run.id], self._due[run.id] = task, run.due_at
        task.add_done_callback(lambda done: self._forget(run.id, done))

    def revoke(self, run_ids: Iterable[str]) -> None:
        """Do not begin these, if that can still be helped."""
        for run_id in run_ids:
            if run_id not in self._begun:
                self._drop(run_id)

    def go_on(self) -> None:
        """Begin what had to wait for a connection while nothing might be started."""
        self._means.sender.go_on()

    def take_unbegun(self) -> list[tuple[str, int]]:
        """Give up the seats of what has not begun; their ids, and when each is due."""
        unbegun = [(run_id, due_at) for run_id, due_at in self._due.items() if run_id not in self._begun]
        self.revoke(run_id for run_id, _ in unbegun)
        return unbegun

    def drop_all(self) -> None:
        """Give up everything: others have taken it over. What a model was asked is settled, and refused."""
        for run_id in self.held_ids():
            self._drop(run_id)

    def cut(self, run_ids: Iterable[str]) -> None:
        """Give up what is under way for runs that were called off; each that had begun ends as cancelled."""
        for run_id in run_ids:
            if run_id in self._tasks:
                self._why[run_id] = "cancelled"
                self._drop(run_id)

    async def stop(self, patience: float) -> int:
        """Let what has begun end, at most `patience` seconds; how many runs were cut."""
        self.revoke(list(self._tasks))
        begun = [self._tasks[run_id] for run_id in self._begun]
        if begun:
            await asyncio.wait(begun, timeout=patience)
        late = dict(self._begun)
        for run_id in late:
            self._why[run_id] = "stopped"
            self._drop(run_id)
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        return len(late)

    async def _perform(self, run: Claimed) -> None:
        await self._wait_until(run.due_at)
        while not self._lease.holds():  # noqa: ASYNC110 - a lease has no event
            await asyncio.sleep(NOT_NOW)
        performance = self._begun[run.id] = Performance(run, self._means)
        try:
            settled = await performance.perform()
        except asyncio.CancelledError:
            settled = performance.given_up(self._why.get(run.id, "stopped"))
        except Exception as bug:  # noqa: BLE001 - a bug about one run is that run's failure
            settled = performance.broken(bug)
        finally:
            self._begun.pop(run.id, None)
        if settled is not None:
            self._on_end(settled)

    async def _wait_until(self, moment: int) -> None:
        """Sleep until an instant, a second at most at a time: clocks are set."""
        while (left := moment - self._clock.now()) > 0:  # noqa: ASYNC110 - a clock has no event
            await asyncio.sleep(min(1.0, left / SECOND))

    def _drop(self, run_id: str) -> None:
        if (task := self._tasks.get(run_id)) is not None:
            task.cancel()

    def _forget(self, run_id: str, task: "asyncio.Task[None]") -> None:
        self._why.pop(run_id, None)
        if self._tasks.get(run_id) is task:
            del self._tasks[run_id], self._due[run_id]
