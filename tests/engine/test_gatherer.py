"""The gatherer: what was gathered becomes a run when its time comes, without anybody asking."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from making import ledger, save, tools, webhook
from pypes.clock import SECOND, SystemClock
from pypes.engine.gatherer import Gatherer
from pypes.store.arriving import add_inputs
from pypes.store.pausing import pause
from pypes.store.store import Store
from pypes.store.tx import Tx

WithStore = Callable[[Callable[[Store], Awaitable[Any]]], Any]


async def post(store: Store, *values: int) -> None:
    def unit(tx: Tx) -> None:
        agent = tx.agent_by_name("a")
        assert agent is not None
        add_inputs(tx, agent, [str(value) for value in values], now=SystemClock().now())

    await store.write(unit)


@asynccontextmanager
async def gathering(store: Store) -> AsyncIterator[None]:
    task = asyncio.create_task(Gatherer(tools(store, SystemClock())).run())  # type: ignore[arg-type]  # a real clock
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(store: Store, count: int) -> list[str | None]:
    """What the runs are about, once there are so many; the bell rings after every commit."""
    while len(rows := await store.read(ledger)) < count:
        await store.bell.wait(0.2)
    return [await store.read(partial(Tx.inputs_of_run, run_id=row.id)) for row in rows]


def test_a_debounce_that_is_calm_becomes_a_run_by_itself(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        debounce = {"period": "150ms"}
        await save(store, "a", {"type": "on_input", "debounce": debounce, "action": webhook()})
        async with gathering(store):
            await store.read(ledger)
            await post(store, 1, 2)
            await post(store, 3)
            assert await until(store, 1) == ["[3]"]
            await post(store, 4)
            assert await until(store, 2) == ["[3]", "[4]"]

    with_store(story)


def test_what_was_due_while_nobody_looked_is_released_at_once(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        batch = {"size": 3, "timeout": "1ms"}
        await save(store, "a", {"type": "on_input", "batch": batch, "action": webhook()})
        await post(store, 1, 2)
        async with gathering(store):
            assert await until(store, 1) == ["[1,2]"]

    with_store(story)


def test_a_pause_that_has_an_end_is_over_without_an_input(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", {"type": "on_input", "action": webhook()})
        now = SystemClock().now()
        until = now + SECOND // 10
        await store.write(partial(pause, agent="a", action=None, note=None, until=until, now=now))
        async with gathering(store):
            while (await store.read(lambda tx: tx.schedules_page("", 1)))[0].state != "active":
                await store.bell.wait(0.2)

    with_store(story)
