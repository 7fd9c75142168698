"""Forgetting: inputs by count and age, what runs knew of them, and old answers."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from conftest import NOON
from making import DAY, HOUR, ask, save, webhook
from pypes.engine import forgetting as module
from pypes.engine.forgetting import InputForgetter
from pypes.store.answering import begin
from pypes.store.arriving import add_inputs
from pypes.store.store import Store
from pypes.store.tx import Tx

WithStore = Callable[[Callable[[Store], Awaitable[Any]]], Any]


async def post(store: Store, name: str, *values: int, now: int) -> None:
    def unit(tx: Tx) -> None:
        agent = tx.agent_by_name(name)
        assert agent is not None
        add_inputs(tx, agent, [str(value) for value in values], now=now)

    await store.write(unit)


async def kept(store: Store, name: str) -> list[str]:
    def unit(tx: Tx) -> list[str]:
        agent = tx.agent_by_name(name)
        assert agent is not None
        return tx.inputs_of_agent(agent.id)

    return await store.read(unit)


def test_inputs_are_forgotten_by_age_each_agent_as_it_says(
    with_store: WithStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AGENTS", 1)

    async def story(store: Store) -> None:
        await save(store, "a")
        await save(store, "b", options={"keep_inputs_for": "2h"}, now=NOON + 1)
        await save(store, "c", options={"keep_inputs_for": "7d"}, now=NOON + 2)
        for name in "abc":
            await post(store, name, 1, now=NOON)
            await post(store, name, 2, now=NOON + 22 * HOUR)
            await post(store, name, 3, now=NOON + 25 * HOUR)
        forgetter = InputForgetter(store, keep=1000, keep_for=DAY)
        for _ in range(4):
            await forgetter.forget(NOON + 25 * HOUR)
        assert await kept(store, "a") == ["2", "3"]
        assert await kept(store, "b") == ["3"]
        assert await kept(store, "c") == ["1", "2", "3"]

    with_store(story)


def test_without_an_age_inputs_are_kept_however_old(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a")
        await post(store, "a", 1, 2, 3, now=NOON)
        await InputForgetter(store, keep=2, keep_for=None).forget(NOON + 1000 * DAY)
        assert await kept(store, "a") == ["2", "3"]

    with_store(story)


def test_many_inputs_are_forgotten_in_small_transactions_and_the_rest_in_the_next_round(
    with_store: WithStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    monkeypatch.setattr(module, "MOST_BATCHES", 3)

    async def story(store: Store) -> None:
        await save(store, "a", options={"keep_inputs": 1})
        await post(store, "a", *range(10), now=NOON)
        forgetter = InputForgetter(store, keep=1000, keep_for=None)
        await forgetter.forget(NOON)
        assert await kept(store, "a") == ["6", "7", "8", "9"]
        await forgetter.forget(NOON)
        assert await kept(store, "a") == ["9"]

    with_store(story)


def test_what_a_run_knew_is_forgotten_after_the_run(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", {"type": "on_input", "action": webhook()})
        await post(store, "a", 1, now=NOON)
        await post(store, "a", 2, now=NOON + HOUR)
        forgetter = InputForgetter(store, keep=1000, keep_for=None)
        await forgetter.forget(NOON + HOUR)
        assert len(await store.read(lambda tx: ask(tx, "SELECT * FROM run_inputs"))) == 2
        await store.write(lambda tx: ask(tx, "DELETE FROM runs WHERE id = (SELECT min(id) FROM runs)"))
        await forgetter.forget(NOON + HOUR)
        assert await store.read(lambda tx: ask(tx, "SELECT value FROM run_inputs")) == [("[2]",)]
        await store.write(lambda tx: ask(tx, "DELETE FROM runs"))
        await forgetter.forget(NOON + HOUR)
        assert await store.read(lambda tx: ask(tx, "SELECT * FROM run_inputs")) == []

    with_store(story)


def test_answers_are_forgotten_after_a_day(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await store.write(lambda tx: begin(tx, "agent", "key", holder="me", now=NOON))
        forgetter = InputForgetter(store, keep=1000, keep_for=None)
        await forgetter.forget(NOON + DAY)
        assert len(await store.read(lambda tx: ask(tx, "SELECT * FROM answered"))) == 1
        await forgetter.forget(NOON + DAY + 1)
        assert await store.read(lambda tx: ask(tx, "SELECT * FROM answered")) == []

    with_store(story)
