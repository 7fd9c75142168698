"""Workers: a few model processes, started when there is something to ask, kept warm for the next question."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from pypes.engine.worker import Worker, WorkerDied
from pypes.prompt import Answer, Question

IDLE = 300.0
"""Seconds after which a process that nobody needed ends: each holds about 110 MB."""


class NotStarted(Exception):
    """No process could be started: nothing was asked."""


class Overdue(Exception):
    """The answer did not come in time; its process is killed."""


class Lent:
    """A process that is ours until the question is settled."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self.is_spoilt = False
        """True while it is asked, and for ever if it does not answer: such a process is killed."""

    async def ask(self, question: Question, *, at_most: float) -> Answer:
        """Ask, and wait `at_most` seconds for the answer; raise `Overdue` or `WorkerDied`."""
        self.is_spoilt = True
        try:
            async with asyncio.timeout(at_most):
                answer = await self._worker.ask(question)
        except TimeoutError:
            raise Overdue from None
        self.is_spoilt = False
        return answer


class Workers:
    """Lends each question a process of its own; whoever asks when all are busy waits."""

    def __init__(self, most: int, environment: Mapping[str, str] | None = None) -> None:
        self._environment = environment or {}
        self._free = asyncio.Semaphore(most)
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._timers: dict[Worker, asyncio.TimerHandle] = {}
        self._ends: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[Lent]:
        """Lend a process, as soon as one is free or started; raise `NotStarted` if none can be.

        Who is cancelled while it is asked takes it along: nothing else stops what is under way for sure.
        """
        async with self._free:
            worker = await self._take()
            self._busy.add(worker)
            lent = Lent(worker)
            try:
                yield lent
            finally:
                self._busy.discard(worker)
                if lent.is_spoilt:
                    await asyncio.shield(worker.end())
                else:
                    self._keep(worker)

    async def close(self) -> None:
        """End all processes."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        workers, self._idle = [*self._idle, *self._busy], []
        await asyncio.gather(*(worker.end() for worker in workers), *self._ends)

    async def _take(self) -> Worker:
        if not self._idle:
            try:
                return await Worker.start(self._environment)
            except (OSError, WorkerDied) as error:
                raise NotStarted(str(error)) from None
        worker = self._idle.pop()
        self._timers.pop(worker).cancel()
        return worker

    def _keep(self, worker: Worker) -> None:
        loop = asyncio.get_running_loop()
        self._idle.append(worker)
        self._timers[worker] = loop.call_later(IDLE, self._retire, worker)

    def _retire(self, worker: Worker) -> None:
        self._idle.remove(worker)
        del self._timers[worker]
        end = asyncio.get_running_loop().create_task(worker.end())
        self._ends.add(end)
        end.add_done_callback(self._ends.discard)
