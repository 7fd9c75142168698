"""The scheduler: claims, hands on, sleeps, and never sends what was called back."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from conftest import NOON, HandClock
from making import MINUTE, cron, ledger, save, schedules, tools
from pypes.clock import SECOND
from pypes.engine.dispatcher import Dispatcher
from pypes.engine.scheduler import LONGEST_SLEEP, NO_SEAT, Scheduler
from pypes.errors import Unavailable
from pypes.health import Health
from pypes.model.run import Claimed
from pypes.model.schedule import LOOK_AHEAD
from pypes.store.correcting import cancel
from pypes.store.pausing import pause
from pypes.store.store import Store
from pypes.store.tx import Tx

WithStore = Callable[[Callable[[Store], Awaitable[Any]]], Any]


class Hands:
    """What the scheduler needs of a dispatcher, remembered."""

    def __init__(self, seats: int = 100) -> None:
        self.seats = seats
        self.held: dict[str, Claimed] = {}
        self.was_cut: list[str] = []
        self.has_some = asyncio.Event()

    @property
    def free(self) -> int:
        return self.seats - len(self.held)

    def add(self, runs: list[Claimed]) -> None:
        self.held |= {run.id: run for run in runs}
        if runs:
            self.has_some.set()

    def revoke(self, run_ids: list[str]) -> None:
        for run_id in run_ids:
            self.held.pop(run_id, None)

    def cut(self, run_ids: list[str]) -> None:
        self.was_cut += run_ids
        self.revoke(run_ids)


class Desk:
    def __init__(self, store: Store, *, seats: int = 100) -> None:
        self.store = store
        self.clock = HandClock()
        self.hands = Hands(seats)
        self.health = Health()
        shared = tools(store, self.clock, health=self.health)
        self.scheduler = Scheduler(shared, cast("Dispatcher", self.hands))

    async def tick(self, now: int) -> int:
        self.clock.moment = now
        return await self.scheduler.tick(now)

    @asynccontextmanager
    async def writer_held(self) -> AsyncIterator[None]:
        """What is written meanwhile waits, and then shares one commit."""
        may_go, held = threading.Event(), threading.Event()

        def hold(_tx: Tx) -> None:
            held.set()
            assert may_go.wait(10)

        task = asyncio.create_task(self.store.write(hold))
        await asyncio.to_thread(held.wait)
        yield
        may_go.set()
        await task


def test_a_tick_hands_on_what_is_due_and_says_when_to_look_again(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        desk = Desk(store)
        await save(store, "a", cron("* * * * *"))
        assert await desk.tick(NOON) == NOON + MINUTE - LOOK_AHEAD
        await desk.tick(NOON + MINUTE - LOOK_AHEAD)
        (run,) = desk.hands.held.values()
        assert run.slot == NOON + MINUTE

    with_store(story)


def test_an_empty_store_is_looked_at_once_a_second(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        assert await Desk(store).tick(NOON) == NOON + LONGEST_SLEEP

    with_store(story)


@pytest.mark.parametrize("moment", ["before", "together", "after"])
def test_a_pause_that_was_answered_before_the_slot_is_never_sent_whoever_commits_first(
    moment: str, with_store: WithStore
) -> None:
    async def story(store: Store) -> None:
        desk = Desk(store)
        await save(store, "a", cron("* * * * *"))
        desk.clock.moment = now = NOON + MINUTE - 500_000

        async def stop() -> None:
            await store.write(lambda tx: pause(tx, "a", None, note=None, until=None, now=now))

        async with desk.writer_held():
            if moment == "before":
                writes = [asyncio.create_task(stop()), asyncio.create_task(desk.scheduler.tick(now))]
            else:
                writes = [asyncio.create_task(desk.scheduler.tick(now))]
            for _ in range(20):
                await asyncio.sleep(0)  # let the tick come as far as its write
            if moment == "together":
                writes.append(asyncio.create_task(stop()))
                await asyncio.sleep(0)
        await asyncio.gather(*writes)
        if moment == "after":
            await stop()
            await desk.tick(now)
        assert desk.hands.held == {}
        assert {row.state for row in await store.read(ledger)} <= {"skipped"}

    with_store(story)


def test_a_run_that_was_given_back_and_claimed_again_is_held_as_it_now_reads(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        desk = Desk(store)
        await save(store, "a", cron("* * * * *", id="x"))
        now = NOON + MINUTE - 500_000
        await desk.tick(now)
        edited = cron("* * * * *", id="x", action={"type": "webhook", "url": "http://other/"})
        await save(store, "a", edited, now=now)
        await desk.tick(now)
        (run,) = desk.hands.held.values()
        assert "http://other/" in run.definition

    with_store(story)


def test_a_run_that_is_cancelled_is_cut(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        desk = Desk(store)
        await save(store, "a", cron("* * * * *"))
        await desk.tick(NOON + MINUTE)
        (run_id,) = desk.hands.held
        await store.write(lambda tx: cancel(tx, run_id, NOON + MINUTE))
        await desk.tick(NOON + MINUTE)
        assert desk.hands.was_cut == [run_id]

    with_store(story)


def test_no_more_is_claimed_than_there_are_seats_and_nothing_without_one(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        desk = Desk(store, seats=3)
        await save(store, "a", *[cron("* * * * *", id=str(number)) for number in range(10)])
        await desk.tick(NOON + MINUTE)
        assert len(desk.hands.held) == 3
        assert await desk.tick(NOON + MINUTE) == NOON + MINUTE + NO_SEAT
        assert len(await store.read(ledger)) == 3

    with_store(story)


def test_a_store_that_cannot_be_written_stops_claiming_and_is_told_once(
    with_store: WithStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story(store: Store) -> None:
        desk = Desk(store)
        await save(store, "a", cron("* * * * *"))
        await desk.tick(NOON)

        async def refuse(_unit: Any) -> None:
            raise Unavailable("the disk is full")

        with monkeypatch.context() as patch:
            patch.setattr(store, "write", refuse)
            for _ in range(3):
                assert await desk.tick(NOON + MINUTE) == NOON + MINUTE + LONGEST_SLEEP
            assert desk.health.problems == {"scheduler": "the disk is full"}
        await desk.tick(NOON + MINUTE)
        assert desk.health.problems == {}
        assert len(desk.hands.held) == 1

    with_store(story)
    said = capsys.readouterr().err
    assert said.count("the disk is full") == 1
    assert said.count("claims again") == 1


def test_a_change_is_live_at_once_and_wakes_the_sleeping_loop(
    with_store: WithStore, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story(store: Store) -> None:
        desk = Desk(store)
        task = asyncio.create_task(desk.scheduler.run())
        await store.bell.wait(5)
        await asyncio.sleep(0)
        desk.clock.moment = NOON + SECOND
        await save(store, "a", cron(), now=NOON + 500_000)
        async with asyncio.timeout(0.9):
            await desk.hands.has_some.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    with_store(story)
    said = capsys.readouterr().err
    assert "[scheduler] started with 0 cron action(s)" in said


def test_reloads_within_a_second_make_one_line(
    with_store: WithStore, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story(store: Store) -> None:
        desk = Desk(store)
        await desk.tick(NOON)
        for number in range(5):
            await save(store, f"a{number}", cron("* * * * *"))
            await desk.tick(NOON + number * 1000)
        await desk.tick(NOON + SECOND + 5000)
        await desk.tick(NOON + 3 * SECOND)

    with_store(story)
    lines = [line for line in capsys.readouterr().err.splitlines() if "reloaded" in line]
    assert [line.partition(" at=")[0] for line in lines] == [
        "[scheduler] reloaded with 1 cron action(s)",
        "[scheduler] reloaded with 5 cron action(s)",
    ]


def test_a_reload_says_the_count_and_moves_nothing(
    with_store: WithStore, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story(store: Store) -> None:
        desk = Desk(store)
        await save(store, "a", cron("* * * * *"))
        before = await store.read(schedules)
        await desk.scheduler.reload()
        assert await store.read(schedules) == before

    with_store(story)
    assert "reloaded with 1 cron action(s)" in capsys.readouterr().err


def test_the_end_is_said_once(with_store: WithStore, capsys: pytest.CaptureFixture[str]) -> None:
    async def story(store: Store) -> None:
        desk = Desk(store)
        await save(store, "a", cron("* * * * *", end="2026-05-03T12:01:00Z"))
        for minutes in range(1, 4):
            await desk.tick(NOON + minutes * MINUTE)

    with_store(story)
    assert capsys.readouterr().err.count("entry 0 `* * * * *` finished: it has no next fire") == 1
