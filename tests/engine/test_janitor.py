"""The janitor: prunes in batches, leaves open runs alone, gives back seats."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, cast

import pytest

from conftest import NOON, HandClock
from making import DAY, HOUR, cron, ledger, receipt, save, settled, tools
from pypes.engine import janitor as module
from pypes.engine.claiming import claim
from pypes.engine.dispatcher import Dispatcher
from pypes.engine.janitor import Janitor
from pypes.engine.recording import record
from pypes.errors import Unavailable
from pypes.store.store import Store
from pypes.store.tx import Tx

WithStore = Callable[[Callable[[Store], Awaitable[Any]]], Any]


class Hands:
    """A dispatcher of which only stuck runs, and those under way, are asked."""

    def __init__(self) -> None:
        self.stuck: list[tuple[str, int]] = []
        self.under_way: list[tuple[str, int]] = []

    def take_under_way(self) -> list[tuple[str, int]]:
        under_way, self.under_way = self.under_way, []
        return under_way

    def take_stuck(self) -> list[tuple[str, int]]:
        stuck, self.stuck = self.stuck, []
        return stuck


def janitor(store: Store, hands: Hands | None = None, **fields: Any) -> Janitor:
    clock = HandClock()
    given = {"keep_runs_for": 7 * DAY, "keep_runs_count": 1000, "keep_inputs": 3} | fields
    return Janitor(tools(store, clock), cast("Dispatcher", hands or Hands()), **given)


async def prune(store: Store, now: int, **fields: Any) -> None:
    await janitor(store, **fields)._prune(now)


async def hours(store: Store, count: int, *, settle: bool = True) -> None:
    """So many hourly runs, one open at most where they are not settled."""
    await save(store, "a", cron("0 * * * *", overlap="allow_all"))
    for hour in range(1, count + 1):
        now = NOON + hour * HOUR
        (run,) = (await store.write(partial(claim, now=now, owner="me", limit=9))).runs
        if settle:
            done = settled(run, receipt(now))
            await store.write(partial(record, settled=[done], owner="me", now=now))


async def kept(store: Store) -> list[int]:
    rows = await store.read(ledger)
    assert (await store.read(Tx.counts))["runs"] == len(rows)
    return [(row.slot - NOON) // HOUR for row in rows]


def test_runs_older_than_they_are_kept_are_forgotten(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await hours(store, 10)
        await prune(store, NOON + 7 * DAY + 5 * HOUR)
        assert await kept(store) == [5, 6, 7, 8, 9, 10]

    with_store(story)


def test_open_runs_are_never_forgotten_however_old_they_are(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await hours(store, 5, settle=False)
        await prune(store, NOON + 100 * DAY)
        await prune(store, NOON + 100 * DAY, keep_runs_count=1)
        assert await kept(store) == [1, 2, 3, 4, 5]

    with_store(story)


def test_of_too_many_runs_the_oldest_go(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await hours(store, 10)
        await prune(store, NOON + 11 * HOUR, keep_runs_count=4)
        assert await kept(store) == [7, 8, 9, 10]

    with_store(story)


def test_pruning_goes_in_small_transactions(with_store: WithStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PRUNE_BATCH", 3)

    async def story(store: Store) -> None:
        await hours(store, 10)
        before = store.commits
        await prune(store, NOON + 100 * DAY)
        assert await kept(store) == []
        assert store.commits - before >= 4

    with_store(story)


def test_pruning_does_not_bring_a_slot_back(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await hours(store, 3)
        await prune(store, NOON + 100 * DAY)
        claimed = await store.write(partial(claim, now=NOON + 3 * HOUR, owner="me", limit=9))
        assert claimed.runs == []

    with_store(story)


def test_a_skip_that_is_still_growing_is_kept_and_one_that_was_forgotten_starts_anew(
    with_store: WithStore,
) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron("0 * * * *"))
        for hour in range(1, 6):
            await store.write(partial(claim, now=NOON + hour * HOUR, owner="me", limit=9))
        await prune(store, NOON + 7 * DAY + 3 * HOUR)
        assert await kept(store) == [1, 2]
        await prune(store, NOON + 100 * DAY)
        assert await kept(store) == [1]
        await store.write(partial(claim, now=NOON + 6 * HOUR, owner="me", limit=9))
        rows = await store.read(ledger)
        assert [(row.slot - NOON) // HOUR for row in rows] == [1, 6]
        assert rows[1].slots == 1

    with_store(story)


def test_each_agent_keeps_its_newest_inputs(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", inputs=[1, 2, 3, 4, 5])
        await save(store, "b", inputs=[1, 2, 3, 4, 5], options={"keep_inputs": 1})
        await save(store, "c", inputs=[1, 2], options={"keep_inputs": 0})
        await save(store, "d", inputs=[1, 2])
        await prune(store, NOON)
        found = {}
        for row in await store.read(lambda tx: tx.agents_page("", 9)):
            found[row.name] = await store.read(partial(Tx.inputs_of_agent, agent_id=row.id))
        assert found == {"a": ["3", "4", "5"], "b": ["5"], "c": [], "d": ["1", "2"]}

    with_store(story)


def test_seats_that_could_not_be_given_back_are_given_back_later(
    with_store: WithStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(store: Store) -> None:
        await hours(store, 1, settle=False)
        (row,) = await store.read(ledger)
        hands = Hands()
        hands.stuck = [(row.id, NOON + 5 * HOUR)]
        keeper = janitor(store, hands)

        async def refuse(_unit: Any) -> None:
            raise Unavailable("full")

        with monkeypatch.context() as patch:
            patch.setattr(store, "write", refuse)
            with pytest.raises(Unavailable):
                await keeper._free_seats()
        await keeper._free_seats()
        (row,) = await store.read(ledger)
        assert (row.state, row.due_at) == ("waiting", NOON + 5 * HOUR)

    with_store(story)
