"""The engine: its loops together, on a real store and a real receiver; how they start, stop and survive."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from conftest import NOON
from making import ask, cron, ledger, save, webhook
from pypes.clock import SECOND, SystemClock
from pypes.config import Config
from pypes.engine import engine as module
from pypes.engine.claiming import claim
from pypes.engine.engine import Engine
from pypes.engine.loop import keep_running
from pypes.health import Health
from pypes.log import Log
from pypes.store.requesting import request_run
from pypes.store.rows import ActionRow, RunRow
from pypes.store.store import Store
from pypes.store.tx import Tx

WithStore = Callable[[Callable[[Store], Awaitable[Any]]], Any]


class Receiver:
    """Answers 200 to whatever comes, unless it is told to hang."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self.has_some = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(2)
                self.requests.append(head)
                self.has_some.set()
                await self.may_answer.wait()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    try:
        yield receiver
    finally:
        receiver.may_answer.set()
        server.close()


def engine(store: Store, home: Path, **fields: Any) -> Engine:
    clock = SystemClock()
    config = Config(home=home)
    return Engine(store, config=config, clock=clock, log=Log(clock), health=Health(), **fields)


async def action_of(store: Store, name: str) -> ActionRow:
    def unit(tx: Tx) -> ActionRow:
        agent = tx.agent_by_name(name)
        assert agent is not None
        return tx.actions_of_agent(agent.id)[0]

    return await store.read(unit)


async def until(store: Store, state: str) -> RunRow:
    """The first run, once it is in this state: the bell rings after every commit."""
    while True:
        rows = await store.read(ledger)
        if rows and rows[0].state == state:
            return rows[0]
        await store.bell.wait(0.2)


def test_what_is_asked_for_is_sent_and_recorded(with_store: WithStore, home: Path) -> None:
    async def story(store: Store) -> None:
        async with receiving() as receiver:
            working = engine(store, home)
            await working.start()
            await save(store, "a", webhook(url=receiver.url))
            action = await action_of(store, "a")
            now = SystemClock().now()
            run_id = await store.write(partial(request_run, action=action, agent="a", salt="x", now=now))
            row = await until(store, "succeeded")
            await working.stop()
        assert row.id == run_id
        assert f"webhook-id: {run_id}".encode() in receiver.requests[0]

    with_store(story)


def test_what_a_dead_daemon_held_is_sent_again_under_the_same_id(with_store: WithStore, home: Path) -> None:
    async def story(store: Store) -> None:
        async with receiving() as receiver:
            await save(store, "a", cron("0 12 3 5 ?", action=webhook(url=receiver.url)), now=NOON - 1)
            (run,) = (await store.write(partial(claim, now=NOON, owner="dead", limit=9))).runs
            working = engine(store, home)
            await working.start()
            row = await until(store, "succeeded")
            await working.stop()
        assert (row.id, row.attempt, row.owner) == (run.id, 1, working.owner)
        assert [head.count(f"webhook-id: {run.id}".encode()) for head in receiver.requests] == [1]

    with_store(story)


def test_a_stop_lets_a_request_under_way_end_and_records_it(with_store: WithStore, home: Path) -> None:
    async def story(store: Store) -> None:
        async with receiving() as receiver:
            receiver.may_answer.clear()
            working = engine(store, home)
            await working.start()
            await save(store, "a", webhook(url=receiver.url))
            action = await action_of(store, "a")
            now = SystemClock().now()
            await store.write(partial(request_run, action=action, agent="a", salt="x", now=now))
            await receiver.has_some.wait()
            stopping = asyncio.create_task(working.stop())
            await asyncio.sleep(0)
            receiver.may_answer.set()
            await stopping
        (row,) = await store.read(ledger)
        assert row.state == "succeeded"

    with_store(story)


def test_a_request_that_does_not_end_is_cut_and_its_run_taken_again(
    with_store: WithStore, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "STOP_PATIENCE", 0.01)

    async def story(store: Store) -> None:
        async with receiving() as receiver:
            receiver.may_answer.clear()
            first = engine(store, home)
            await first.start()
            await save(store, "a", webhook(url=receiver.url))
            action = await action_of(store, "a")
            now = SystemClock().now()
            await store.write(partial(request_run, action=action, agent="a", salt="x", now=now))
            await receiver.has_some.wait()
            await first.stop()
            (row,) = await store.read(ledger)
            assert (row.state, row.attempt) == ("waiting", 0)
            receiver.may_answer.set()
            second = engine(store, home)
            await second.start()
            await until(store, "succeeded")
            await second.stop()
        assert [head.count(f"webhook-id: {row.id}".encode()) for head in receiver.requests] == [1, 1]

    with_store(story)
    assert "1 request(s) were cut" in capsys.readouterr().err


def test_a_stop_ends_although_nothing_can_be_written_any_more(
    with_file: WithStore, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RECORD_PATIENCE", 0.05)

    async def story(store: Store) -> None:
        async with receiving() as receiver:
            receiver.may_answer.clear()
            working = engine(store, home)
            await working.start()
            await save(store, "a", webhook(url=receiver.url))
            action = await action_of(store, "a")
            now = SystemClock().now()
            await store.write(partial(request_run, action=action, agent="a", salt="x", now=now))
            await receiver.has_some.wait()
            await store.write(lambda tx: ask(tx, "PRAGMA query_only = ON"))
            stopping = asyncio.create_task(working.stop())
            await asyncio.sleep(0)
            receiver.may_answer.set()
            async with asyncio.timeout(5):
                await stopping
        (row,) = await store.read(ledger)
        assert row.state == "running"

    with_file(story)


def test_an_engine_without_timed_work_fires_nothing_that_is_timed(with_store: WithStore, home: Path) -> None:
    async def story(store: Store) -> None:
        now = SystemClock().now()
        await save(store, "a", cron("* * * * * *"), now=now - 5 * SECOND)
        working = engine(store, home, timed=False)
        await working.start()
        await store.bell.wait(0.05)
        await working.stop()
        assert await store.read(ledger) == []

    with_store(story)


def test_a_loop_that_dies_is_said_and_started_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("pypes.engine.loop.FIRST_PAUSE", 0.001)
    health = Health()
    deaths = 0

    async def fragile() -> None:
        nonlocal deaths
        deaths += 1
        if deaths < 3:
            assert bool(health.problems) is False
            raise ValueError("a bug")

    asyncio.run(keep_running("scheduler", fragile, log=Log(SystemClock()), health=health))
    assert deaths == 3
    assert health.restarts == {"scheduler": 2}
    assert health.problems == {}
    said = capsys.readouterr().err
    assert said.count("died of ValueError('a bug')") == 2
    assert "where=test_engine.py:" in said
