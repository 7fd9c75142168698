"""The store: what was answered is on disk, a mistake is its maker's alone, readers see one moment."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import uvloop

from conftest import NOON
from making import agent, ask, cron, schedules
from pypes.errors import NotFound, Unavailable
from pypes.store.database import Database, StoreFull
from pypes.store.saving import append_inputs, save_agent
from pypes.store.store import MOST_UNITS, Store
from pypes.store.tx import Tx

WithStore = Callable[[Callable[[Store], Awaitable[Any]]], Any]


def insert(name: str) -> Callable[[Tx], None]:
    def unit(tx: Tx) -> None:
        tx.insert_agent(name, name, "{}", created_by=None, now=NOON)
        tx.add_to_count("agents", 1)

    return unit


def fail(_tx: Tx) -> None:
    raise NotFound("no such thing")


def give(_tx: Tx, number: int) -> int:
    return number


def names(tx: Tx) -> list[str]:
    return [row.name for row in tx.agents_page("", 10_000)]


class Gate:
    """Holds the writer inside a transaction of its own, so that what is written meanwhile waits together."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open = threading.Event()
        self._held = threading.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        def hold(_tx: Tx) -> None:
            self._held.set()
            assert self._open.wait(10)

        self._task = asyncio.create_task(self._store.write(hold))
        await asyncio.to_thread(self._held.wait)

    async def __aexit__(self, *_error: object) -> None:
        await asyncio.sleep(0)  # whoever was started meanwhile puts his unit into the queue
        self._open.set()
        assert self._task is not None
        await self._task


def on_disk(database: Database) -> list[str]:
    """What another program sees."""
    connection = database.open_reader()
    found = [name for (name,) in connection.execute("SELECT name FROM agents ORDER BY name").fetchall()]
    connection.close()
    return found


def test_what_was_answered_is_on_disk(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        for number in range(5):
            await store.write(insert(f"a{number}"))
            assert on_disk(store.database)[-1] == f"a{number}"

    with_store(story)


def test_units_that_wait_together_share_a_commit(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        async with Gate(store):
            before = store.commits
            writes = [asyncio.create_task(store.write(insert(f"a{number:03}"))) for number in range(100)]
        await asyncio.gather(*writes)
        assert store.commits - before == 2  # the gate's own, and one for all
        assert len(await store.read(names)) == 100

    with_store(story)


def test_no_more_units_share_a_commit_than_keep_the_first_from_waiting_long(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        async with Gate(store):
            before = store.commits
            writes = [asyncio.create_task(store.write(insert(f"a{n:04}"))) for n in range(MOST_UNITS + 1)]
        await asyncio.gather(*writes)
        assert store.commits - before == 3

    with_store(story)


def test_a_unit_that_fails_harms_none_of_its_neighbours(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        def fail_late(tx: Tx) -> None:
            insert("half")(tx)
            tx.revoked.append("x")
            tx.definitions_changed = True
            raise ValueError("late")

        async with Gate(store):
            definitions = store.definitions
            units = [insert("a"), fail, insert("b"), fail_late, insert("b"), insert("c")]
            writes = [asyncio.create_task(store.write(unit)) for unit in units]
        answers = await asyncio.gather(*writes, return_exceptions=True)
        assert ["Unavailable" if isinstance(a, Unavailable) else type(a).__name__ for a in answers] == [
            "NoneType", "NotFound", "NoneType", "ValueError", "Unavailable", "NoneType",
        ]  # fmt: skip
        assert await store.read(names) == ["a", "b", "c"]
        assert (await store.read(Tx.counts))["agents"] == 3
        assert store.take_revoked() == []
        assert store.definitions == definitions

    with_store(story)


def test_a_unit_whose_caller_gave_up_is_still_done_once(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        async with Gate(store):
            abandoned = asyncio.create_task(store.write(insert("a")))
            await asyncio.sleep(0)
            abandoned.cancel()
        await store.write(insert("b"))
        assert await store.read(names) == ["a", "b"]

    with_store(story)


def test_results_come_back_to_whom_they_belong(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        async with Gate(store):
            writes = [asyncio.create_task(store.write(partial(give, number=n))) for n in range(50)]
        assert await asyncio.gather(*writes) == list(range(50))

    with_store(story)


def test_a_reader_sees_one_moment_however_much_is_written_meanwhile(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        looked, written = threading.Event(), threading.Event()

        def look_twice(tx: Tx) -> tuple[list[str], list[str]]:
            first = names(tx)
            looked.set()
            assert written.wait(10)
            return first, names(tx)

        await store.write(insert("a"))
        reading = asyncio.create_task(store.read(look_twice))
        await asyncio.to_thread(looked.wait)
        await store.write(insert("b"))
        written.set()
        assert await reading == (["a"], ["a"])
        assert await store.read(names) == ["a", "b"]

    with_store(story)


def test_a_reader_sees_what_was_answered_before_it_asked(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        for number in range(50):
            await store.write(insert(f"a{number:02}"))
            assert (await store.read(names))[-1] == f"a{number:02}"

    with_store(story)


def test_reading_can_change_nothing(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        with pytest.raises(Unavailable):
            await store.read(insert("a"))
        assert await store.read(names) == []

    with_store(story)


def test_every_commit_rings_for_whoever_waits(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        waiting = asyncio.create_task(store.bell.wait(10))
        await asyncio.sleep(0)
        await store.write(lambda tx: tx.wake(NOON + 5))
        assert await waiting
        assert not await store.bell.wait(0.001)

    with_store(story)


def test_a_full_disk_is_told_and_over_when_there_is_room_again(with_file: WithStore) -> None:
    async def story(store: Store) -> None:
        await store.write(insert("a"))
        (pages,) = await store.write(lambda tx: ask(tx, "PRAGMA page_count"))
        await store.write(lambda tx: ask(tx, f"PRAGMA max_page_count = {pages[0]}"))

        def fill(tx: Tx) -> None:
            append_inputs(tx, "a", ['"' + "x" * 100_000 + '"'], NOON)

        with pytest.raises(StoreFull, match="is full"):
            await store.write(fill)
        assert await store.read(names) == ["a"]
        await store.write(lambda tx: ask(tx, "PRAGMA max_page_count = 1000000"))
        await store.write(fill)

    with_file(story)


def test_one_unit_that_does_not_fit_on_the_disk_leaves_room_for_smaller_ones(with_file: WithStore) -> None:
    async def story(store: Store) -> None:
        (pages,) = await store.write(lambda tx: ask(tx, "PRAGMA page_count"))
        await store.write(lambda tx: ask(tx, f"PRAGMA max_page_count = {pages[0]}"))
        async with Gate(store):
            big = asyncio.create_task(
                store.write(lambda tx: append_inputs(tx, "a", ['"' + "x" * 100_000 + '"'], NOON))
            )
            small = asyncio.create_task(store.write(insert("a")))
        answers = await asyncio.gather(big, small, return_exceptions=True)
        assert isinstance(answers[0], StoreFull)
        assert answers[1] is None
        await store.write(lambda tx: ask(tx, "PRAGMA max_page_count = 1000000"))

    with_file(story)


def test_what_is_queued_when_the_store_closes_is_still_written(place: Database) -> None:
    async def story() -> list[Any]:
        store = await Store.open(place)
        writes = [asyncio.create_task(store.write(insert(f"a{number}"))) for number in range(5)]
        await asyncio.sleep(0)
        await store.close()
        return await asyncio.gather(*writes)

    assert uvloop.run(story()) == [None] * 5
    assert on_disk(place) == [f"a{number}" for number in range(5)]


def test_a_closed_store_leaves_one_file_and_opens_again_as_it_was(tmp_path: Path) -> None:
    async def story(name: str) -> list[str]:
        store = await Store.open(tmp_path / "pypes.db")
        await store.write(insert(name))
        found = await store.read(names)
        await store.close()
        return found

    assert uvloop.run(story("a")) == ["a"]
    assert [path.name for path in tmp_path.iterdir()] == ["pypes.db"]
    assert uvloop.run(story("b")) == ["a", "b"]


def test_emptying_the_store_leaves_nothing_and_counts_nothing(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await store.write(lambda tx: save_agent(tx, agent("a", cron(), inputs=[1]), now=NOON))
        await store.write(Tx.erase)
        assert await store.read(names) == []
        assert await store.read(schedules) == []
        assert set((await store.read(Tx.counts)).values()) == {0}

    with_store(story)
