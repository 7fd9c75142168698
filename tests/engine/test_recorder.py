"""The recorder: outcomes reach the disk whatever they are, and whatever the disk does meanwhile."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import msgspec
import pytest

from conftest import NOON, HandClock
from making import ask, call_of, cron, failure, ledger, receipt, save, schedules, settled, tools
from pypes.clock import SECOND
from pypes.engine import recorder as module
from pypes.engine.claiming import claim
from pypes.engine.recorder import Recorder
from pypes.engine.recording import record
from pypes.health import Health
from pypes.model.run import Claimed
from pypes.receipt import Outcome
from pypes.store.store import Store
from pypes.store.tx import Tx

WithStore = Callable[[Callable[[Store], Awaitable[Any]]], Any]


class LoudHealth(Health):
    """Says when there is a problem."""

    def __init__(self) -> None:
        super().__init__()
        self.has_news = asyncio.Event()

    def report(self, who: str, problem: str) -> bool:
        self.has_news.set()
        return super().report(who, problem)


class Bench:
    """A recorder at work on a store, with all it reports to."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = HandClock(NOON + SECOND)
        self.health = LoudHealth()
        shared = tools(store, self.clock, health=self.health)
        self.figures = shared.figures
        self.recorder = Recorder(shared, is_busy=lambda: False)
        self.task = asyncio.create_task(self.recorder.run())

    async def claim(self, now: int = NOON + SECOND) -> list[Claimed]:
        self.clock.moment = now
        claimed = await self.store.write(partial(claim, now=now, owner="me", limit=1000))
        return claimed.runs

    async def record(self, run: Claimed, outcome: Outcome) -> None:
        self.recorder.add(run, call_of(run.definition), outcome)
        await self.recorder.drain()

    async def end(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


def with_bench(with_store: WithStore, story: Callable[[Bench], Awaitable[None]]) -> None:
    async def run(store: Store) -> None:
        bench = Bench(store)
        try:
            await story(bench)
        finally:
            await bench.end()

    with_store(run)


def test_a_success_is_recorded_and_counted(with_store: WithStore) -> None:
    async def story(bench: Bench) -> None:
        await save(bench.store, "a", cron())
        (run,) = await bench.claim()
        await bench.record(run, receipt(NOON + SECOND + 3000))
        (row,) = await bench.store.read(ledger)
        assert (row.state, row.attempt, row.started_at) == ("succeeded", 1, NOON + SECOND + 3000)
        assert bench.figures.attempts["succeeded"] == 1
        assert (bench.figures.fires, bench.figures.lateness_ms_sum) == (1, 3.0)

    with_bench(with_store, story)


@pytest.mark.parametrize(
    ("status", "state"), [(500, "waiting"), (404, "failed"), (301, "failed"), (204, "succeeded")]
)
def test_an_answer_is_judged_by_its_status(status: int, state: str, with_store: WithStore) -> None:
    async def story(bench: Bench) -> None:
        await save(bench.store, "a", cron("* * * * *"))
        (run,) = await bench.claim(NOON + 60 * SECOND)
        await bench.record(run, receipt(NOON + 60 * SECOND, status=status))
        (row,) = await bench.store.read(ledger)
        assert row.state == state

    with_bench(with_store, story)


def test_a_retry_keeps_the_row_and_its_attempts(with_store: WithStore) -> None:
    async def story(bench: Bench) -> None:
        await save(bench.store, "a", cron("* * * * *"))
        (run,) = await bench.claim(NOON + 60 * SECOND)
        await bench.record(run, failure(NOON + 60 * SECOND))
        (row,) = await bench.store.read(ledger)
        assert row.state == "waiting"
        assert row.due_at is not None
        (again,) = await bench.claim(row.due_at)
        assert (again.id, again.attempt) == (run.id, 2)
        await bench.record(again, receipt(row.due_at))
        (row,) = await bench.store.read(ledger)
        assert (row.state, row.attempt, len(json.loads(row.attempts))) == ("succeeded", 2, 2)
        assert bench.figures.attempts == {"succeeded": 1, "failed": 0, "retried": 1}
        assert bench.figures.fires == 1

    with_bench(with_store, story)


def test_a_result_of_a_run_that_is_no_longer_held_is_said_and_dropped(
    with_store: WithStore, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story(bench: Bench) -> None:
        await save(bench.store, "a", cron())
        (run,) = await bench.claim()
        await bench.record(run, receipt(NOON + SECOND))
        await bench.record(run, failure(NOON + SECOND))
        (row,) = await bench.store.read(ledger)
        assert (row.state, row.attempt) == ("succeeded", 1)
        assert bench.figures.results_refused == 1

    with_bench(with_store, story)
    assert "came too late and is dropped" in capsys.readouterr().err


def test_many_outcomes_share_a_commit(with_store: WithStore) -> None:
    async def story(bench: Bench) -> None:
        await save(bench.store, "a", *[cron(id=str(number)) for number in range(200)])
        runs = await bench.claim()
        assert len(runs) == 200
        before = bench.store.commits
        for run in runs:
            bench.recorder.add(run, call_of(run.definition), receipt(NOON + SECOND))
        await bench.recorder.drain()
        assert bench.store.commits - before == 1
        assert {row.state for row in await bench.store.read(ledger)} == {"succeeded"}

    with_bench(with_store, story)


@pytest.mark.parametrize("asked", ["Mon, 01 Jan 99999999999 00:00:00 GMT", "x" * 10_000])
def test_no_answer_however_odd_keeps_others_from_being_recorded(asked: str, with_store: WithStore) -> None:
    async def story(bench: Bench) -> None:
        await save(bench.store, "a", cron(id="1"), cron(id="2"))
        odd, plain = await bench.claim()
        bench.recorder.add(
            odd,
            call_of(odd.definition),
            failure(NOON + SECOND, receipt=receipt(NOON, status=503, retry_after=asked)),
        )
        await bench.record(plain, receipt(NOON + SECOND))
        states = {row.id: row.state for row in await bench.store.read(ledger)}
        assert states[plain.id] == "succeeded"
        assert states[odd.id] != "running"

    with_bench(with_store, story)


def test_nothing_is_lost_while_the_disk_is_full(
    with_file: WithStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "RETRY", 0.001)

    async def story(bench: Bench) -> None:
        await save(bench.store, "a", *[cron(id=str(number)) for number in range(30)])
        runs = await bench.claim()
        (pages,) = await bench.store.write(lambda tx: ask(tx, "PRAGMA page_count"))
        await bench.store.write(lambda tx: ask(tx, f"PRAGMA max_page_count = {pages[0]}"))
        for run in runs:
            answer = receipt(NOON + SECOND, body="x" * 4096)
            bench.recorder.add(run, call_of(run.definition), answer)
        await bench.health.has_news.wait()
        assert "full" in bench.health.problems["recorder"]
        assert {row.state for row in await bench.store.read(ledger)} == {"running"}
        await bench.store.write(lambda tx: ask(tx, "PRAGMA max_page_count = 1000000"))
        await bench.recorder.drain()
        assert {row.state for row in await bench.store.read(ledger)} == {"succeeded"}
        assert bench.health.problems == {}

    with_bench(with_file, story)
    said = capsys.readouterr().err
    assert said.count("is full") == 1
    assert "records again" in said


def test_the_next_slot_is_looked_at_early_again_when_the_run_before_it_is_over(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron("*/5 * * * * *"))
        (run,) = (await store.write(partial(claim, now=NOON + 5 * SECOND, owner="me", limit=9))).runs
        held = await store.write(partial(claim, now=NOON + 10 * SECOND - 500_000, owner="me", limit=9))
        assert (held.runs, held.next_wake) == ([], NOON + 10 * SECOND)
        done = settled(run, receipt(NOON + 10 * SECOND - 400_000))
        now = NOON + 10 * SECOND - 400_000
        await store.write(partial(record, settled=[done], owner="me", now=now))
        (after,) = (await store.write(partial(claim, now=now, owner="me", limit=9))).runs
        assert after.slot == NOON + 10 * SECOND

    with_store(story)


def test_a_trigger_that_fails_too_often_in_a_row_pauses_itself_and_says_why(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron(pause_after=3, action={"type": "webhook", "url": "http://x/"}))
        second = 0

        async def once(*, good: bool) -> None:
            nonlocal second
            second += 1
            now = NOON + second * SECOND
            (run,) = (await store.write(partial(claim, now=now, owner="me", limit=9))).runs
            done = settled(run, receipt(now) if good else failure(now, retryable=False))
            await store.write(partial(record, settled=[done], owner="me", now=now))

        for good in (False, False, True, False, False):
            await once(good=good)
        (row,) = await store.read(schedules)
        assert row.state == "active"
        await once(good=False)
        (row,) = await store.read(schedules)
        assert row.state == "paused"
        assert row.note is not None
        assert "3 failures in a row" in row.note
        assert (await store.read(Tx.counts))["schedules"] == 0

    with_store(story)


def test_a_run_whose_definition_can_no_longer_be_read_fails_and_stops_nobody(with_store: WithStore) -> None:
    async def story(bench: Bench) -> None:
        await save(bench.store, "a", cron(id="1"), cron(id="2"))
        broken, plain = await bench.claim()
        broken = msgspec.structs.replace(broken, definition='{"type":"moon"}')
        call = call_of(plain.definition)
        bench.recorder.add(broken, call, failure(NOON + SECOND, retryable=False))
        async with asyncio.timeout(5):
            await bench.record(plain, receipt(NOON + SECOND))
        assert {row.state for row in await bench.store.read(ledger)} == {"failed", "succeeded"}

    with_bench(with_store, story)
