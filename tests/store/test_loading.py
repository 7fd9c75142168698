"""Loading: many agents are all saved or none, in short transactions, whatever happens in between."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from conftest import NOON, HandClock
from making import agent, ask, cron, save
from pypes.clock import SECOND
from pypes.errors import Unavailable
from pypes.store import loading as module
from pypes.store.database import Unreachable
from pypes.store.loading import ABANDONED, PIECE, Loading, finish_loads
from pypes.store.saving import delete_agent
from pypes.store.store import Store
from pypes.store.tx import Tx

WithStore = Callable[[Callable[[Store], Awaitable[Any]]], Any]

MANY = 2 * PIECE + 7
AGENTS = [agent(f"a{number:04}", cron(), "a label") for number in range(MANY)]


async def begun(store: Store, clock: HandClock) -> Loading:
    loading = await Loading.begin(store, clock)
    await loading.put_down(AGENTS)
    return loading


async def count(store: Store, table: str) -> int:
    (found,) = await store.read(lambda tx: ask(tx, f"SELECT count(*) FROM {table}"))  # noqa: S608
    return int(found[0])


async def left(store: Store) -> tuple[int, int, int]:
    """Agents, and what is left of loads."""
    return await count(store, "agents"), await count(store, "loads"), await count(store, "load_agents")


def test_an_accepted_load_is_saved_whole_and_leaves_nothing_behind(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        loading = await begun(store, HandClock(NOON))
        assert await left(store) == (0, 1, MANY)
        assert await loading.accept() == MANY
        assert await left(store) == (MANY, 0, 0)
        assert (await store.read(lambda tx: tx.counts())) == {"agents": MANY, "schedules": MANY, "runs": 0}

    with_store(story)


def test_slots_are_claimed_between_the_pieces_of_a_load(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        before = store.commits
        await (await begun(store, HandClock(NOON))).accept()
        assert store.commits - before >= 2 * (MANY // PIECE)

    with_store(story)


def test_a_load_that_is_given_up_leaves_nothing_behind(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        loading = await begun(store, HandClock(NOON))
        await loading.give_up()
        assert await left(store) == (0, 0, 0)
        with pytest.raises(Unavailable, match="post it again"):
            await loading.put_down(AGENTS)
        with pytest.raises(Unavailable, match="post it again"):
            await loading.accept()

    with_store(story)


def test_who_opens_the_store_next_forgets_a_load_that_was_never_accepted(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        clock = HandClock(NOON)
        await begun(store, clock)
        assert await finish_loads(store, clock, idle=0) == 1
        assert await left(store) == (0, 0, 0)

    with_store(story)


def test_who_opens_the_store_next_finishes_a_load_that_was_accepted(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        clock = HandClock(NOON)
        await begun(store, clock)
        (load,) = await store.read(lambda tx: tx.idle_loads(NOON))
        await store.write(lambda tx: tx.accept_load(load.id, NOON))
        assert await finish_loads(store, clock, idle=0) == 1
        assert await left(store) == (MANY, 0, 0)

    with_store(story)


def test_a_load_that_somebody_is_at_work_on_is_left_alone(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        clock = HandClock(NOON)
        loading = await begun(store, clock)
        assert await finish_loads(store, clock, idle=SECOND) == 0
        assert await loading.accept() == MANY

    with_store(story)


def test_what_was_changed_after_a_load_was_accepted_is_not_undone_by_who_finishes_it(
    with_shared: WithStore,
) -> None:
    async def story(store: Store) -> None:
        clock = HandClock(NOON)
        await save(store, "a0001", now=NOON - SECOND)
        await begun(store, clock)
        (load,) = await store.read(lambda tx: tx.idle_loads(NOON))
        await store.write(lambda tx: tx.accept_load(load.id, NOON))
        await save(store, "a0000", "another label", now=NOON + SECOND)
        await store.write(lambda tx: delete_agent(tx, "a0001", NOON + SECOND))
        clock.advance(ABANDONED)
        assert await finish_loads(store, clock) == 1
        assert await left(store) == (MANY - 1, 0, 0)
        labels = await store.read(
            lambda tx: ask(tx, "SELECT definition FROM actions WHERE definition LIKE 'an%'")
        )
        assert labels == [("another label",)]

    with_shared(story)


def test_a_load_that_was_perhaps_accepted_is_saved_before_anybody_is_answered(
    with_store: WithStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY", 0.0)
    lost = iter([Unreachable("gone")] * 3)

    async def story(store: Store) -> None:
        loading = await begun(store, HandClock(NOON))
        write = store.write

        async def write_and_lose_the_answer(unit: Callable[[Tx], Any]) -> Any:
            found = await write(unit)
            if (error := next(lost, None)) is not None:
                raise error
            return found

        monkeypatch.setattr(store, "write", write_and_lose_the_answer)
        assert await loading.accept() == MANY
        assert await left(store) == (MANY, 0, 0)

    with_store(story)
