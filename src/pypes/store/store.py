"""Store: one writer thread that groups commits, a few readers beside it, a bell that rings after each commit.

A unit of work is a repeatable function of a `Tx`. Units queue up; the writer runs all that wait inside one
transaction and answers them after its commit: what was answered is on disk, and a hundred callers share one
sync. If a unit fails, the transaction is rolled back and each unit runs in one of its own, so that a
mistake is its maker's alone.
"""

import asyncio
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from pypes.errors import Unavailable
from pypes.store.asking import Queries
from pypes.store.bell import Bell
from pypes.store.database import Connection, Contended, Database, Unreachable, database_at
from pypes.store.readers import Readers
from pypes.store.tx import SHARD, Tx

T = TypeVar("T")
Unit = Callable[[Tx], T]

MOST_UNITS = 256
"""How many units share a commit at most, so that the first does not wait for all."""
SHARDS = 64
"""Of the kept figures in a shared store: so many that daemons seldom share one."""
TRIES = 5
"""How often a transaction is tried again when others changed the same rows."""


@dataclass(frozen=True, slots=True)
class _Job:
    unit: Unit[Any]
    answer: "asyncio.Future[Any]"


class Store:
    """What the daemon remembers. Open it with `await Store.open(…)`, inside the loop that will use it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.bell = Bell()
        self.revoked: list[str] = []
        """Claimed runs that must not be sent; the dispatcher empties it."""
        self.cut: list[str] = []
        """Runs that were called off: their exchanges are dropped; the dispatcher empties it."""
        self.touched_agents: set[str] = set()
        """Agents that were given inputs; the janitor empties it."""
        self.gathered = asyncio.Event()
        """Set when inputs wait to be a run; whoever waits for them clears it."""
        self.commit_seconds = 0.0
        """How long the last transaction took, its sync included."""
        self.commits = 0
        self.definitions = 0
        """How many commits changed agents: the scheduler says so."""
        self.reopened = 0
        """How often the connection that writes was lost: what was under way then may be on disk or not."""
        self._queries = Queries(database.dialect)
        self._shard = f"{SHARD}{secrets.randbelow(SHARDS)}" if database.dialect.is_shared else ""
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._readers = Readers(database, self._queries)
        self._writing: Connection
        self._writer: threading.Thread | None = None
        self._closed = False

    @classmethod
    async def open(cls, place: Path | Database) -> "Store":
        """Open and migrate the store; raise `Unavailable` with a sentence if it cannot be used."""
        store = cls(database_at(place))
        opened = store._loop.create_future()
        store._writer = threading.Thread(target=store._write_all, args=(opened,), name="store-writer")
        store._writer.start()
        try:
            await opened
        except BaseException:
            store._writer.join()
            await store._readers.close()
            raise
        return store

    async def write(self, unit: Unit[T]) -> T:
        """Run a unit of work in a transaction; its result, once it is on disk."""
        if self._closed:
            raise Unavailable("the store is closed")
        answer: asyncio.Future[T] = self._loop.create_future()
        self._jobs.put(_Job(unit, answer))
        return await answer

    async def read(self, unit: Unit[T]) -> T:
        """Answer a question from a consistent snapshot; nothing is changed."""
        return await self._readers.read(unit)

    def take_revoked(self) -> list[str]:
        """Claimed runs that must not be sent, since the last call."""
        revoked, self.revoked = self.revoked, []
        return revoked

    def take_cut(self) -> list[str]:
        """Runs that were called off since the last call."""
        cut, self.cut = self.cut, []
        return cut

    async def close(self) -> None:
        """Finish what is queued, then close all connections: the writer's last, which tidies up the WAL."""
        self._closed = True
        await self._readers.close()
        self._jobs.put(None)
        if self._writer is not None:
            await asyncio.to_thread(self._writer.join)

    def _write_all(self, opened: "asyncio.Future[None]") -> None:
        """The writer thread: open, then transaction after transaction until told to stop."""
        try:
            self._writing = self.database.open_writer()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the opener must hear of it
            self._call(_fail, opened, error)
            return
        self._call(opened.set_result, None)
        while jobs := self._take_jobs():
            self._write_together(jobs)
        self._writing.close()

    def _take_jobs(self) -> list[_Job]:
        """Wait for a unit, then take all that wait with it; empty when told to stop."""
        job = self._jobs.get()
        jobs = []
        while job is not None:
            jobs.append(job)
            if self._jobs.empty() or len(jobs) == MOST_UNITS:
                return jobs
            job = self._jobs.get()
        self._jobs.put(None) if jobs else None
        return jobs

    def _write_together(self, jobs: list[_Job], tries: int = TRIES) -> None:
        try:
            self._commit(jobs)
        except Unreachable as error:
            for job in jobs:
                self._call(_fail, job.answer, error)
        except Contended as error:
            if tries:
                self._write_together(jobs, tries - 1)
            else:
                self._write_alone(jobs, error)
        except Exception as error:  # noqa: BLE001 - a unit may fail in any way: its maker is told
            self._write_alone(jobs, error)

    def _write_alone(self, jobs: list[_Job], error: Exception) -> None:
        """Find out whose mistake it was."""
        if len(jobs) == 1:
            self._call(_fail, jobs[0].answer, error)
            return
        for job in jobs:
            self._write_together([job])

    def _commit(self, jobs: list[_Job]) -> None:
        started = time.perf_counter()
        with self.database.translated():
            connection = self._begun()
            tx = Tx(connection, self._queries)
            try:
                results = [job.unit(tx) for job in jobs]
                tx.write_counts(self._shard)
                if self.database.notifies:
                    tx.tell_others()
                connection.commit()
            except BaseException:
                if connection.in_transaction:
                    connection.rollback()
                raise
        self._call(self._announce, tx, jobs, results, time.perf_counter() - started)

    def _begun(self) -> Connection:
        """A transaction on the connection that writes; on a new one when it was lost before it began."""
        try:
            with self.database.translated():
                self._writing.begin()
        except Unreachable:
            self._writing.close()
            self._writing = self.database.reopen_writer()
            self.reopened += 1
            self._writing.begin()
        return self._writing

    def _announce(self, tx: Tx, jobs: list[_Job], results: list[Any], seconds: float) -> None:
        """On the loop: what was written is on disk; say so to all who wait."""
        self.commit_seconds = seconds
        self.commits += 1
        self.revoked = [run_id for run_id in self.revoked if run_id not in tx.claimed] + tx.revoked
        self.cut += tx.cut
        self.definitions += tx.definitions_changed
        self.touched_agents |= tx.touched_agents
        if tx.gathered:
            self.gathered.set()
        for job, result in zip(jobs, results, strict=True):
            if not job.answer.done():
                job.answer.set_result(result)
        self.bell.ring(tx.wake_at, tx.look_at)

    def _call(self, function: Callable[..., object], *args: Any) -> None:
        """Run something on the loop; a loop that is closed has nobody left who waits."""
        try:
            self._loop.call_soon_threadsafe(function, *args)
        except RuntimeError:
            if not self._loop.is_closed():
                raise


def _fail(answer: "asyncio.Future[Any]", error: BaseException) -> None:
    if not answer.done():
        is_ordinary = isinstance(error, Exception) and not isinstance(error, StopIteration)
        answer.set_exception(error if is_ordinary else Unavailable(repr(error)))
