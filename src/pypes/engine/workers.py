"""Workers: a few model processes, started when there is something to ask, kept warm for the next question."""

import asyncio
import contextlib

from pypes.engine.worker import Worker, WorkerDied
from pypes.prompt import Answer, Question

IDLE = 300.0
"""Seconds after which a process that nobody needed ends: each holds about 110 MB."""


class NotStarted(Exception):
    """No process could be started: nothing was asked."""


class Overdue(Exception):
    """The answer did not come in time; its process is killed."""


class Workers:
    """Lends each question a process of its own; whoever asks when all are busy waits."""

    def __init__(self, most: int) -> None:
        self._free = asyncio.Semaphore(most)
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._timers: dict[Worker, asyncio.TimerHandle] = {}
        self._ends: set[asyncio.Task[None]] = set()

    async def ask(self, question: Question, *, at_most: float) -> Answer:
        """Ask, and wait `at_most` seconds for the answer, not counting the start of a process.

        Raises `NotStarted`, `Overdue`, and `WorkerDied`. Who is cancelled meanwhile, cancels the question:
        its process is killed, because nothing else stops what is under way for sure.
        """
        async with self._free:
            worker = await self._take()
            self._busy.add(worker)
            try:
                async with asyncio.timeout(at_most):
                    answer = await worker.ask(question)
            except BaseException as error:
                await self._drop(worker)
                if isinstance(error, TimeoutError):
                    raise Overdue from None
                raise
            finally:
                self._busy.discard(worker)
            self._keep(worker)
            return answer

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
                return await Worker.start()
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

    async def _drop(self, worker: Worker) -> None:
        with contextlib.suppress(WorkerDied):
            await asyncio.shield(worker.end())
