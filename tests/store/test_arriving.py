"""Inputs that arrive: each that matches is one run of each trigger, in one transaction with the input."""

import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from conftest import NOON
from making import ask, claimed, every, ledger, receipt, save, settled, webhook
from pypes.clock import SECOND
from pypes.engine.claiming import claim
from pypes.engine.recording import record
from pypes.model.run import Claimed
from pypes.store.arriving import add_inputs
from pypes.store.correcting import retry
from pypes.store.gathering import release
from pypes.store.pausing import end_pauses, pause, resume
from pypes.store.run_rows import RunRow
from pypes.store.saving import delete_agent
from pypes.store.store import Store
from pypes.store.tx import Tx

WithStore = Callable[[Callable[[Store], Awaitable[Any]]], Any]


def on_input(**fields: Any) -> dict[str, Any]:
    return {"type": "on_input", "action": webhook(), **fields}


async def post(store: Store, *values: Any, now: int = NOON) -> int:
    texts = [json.dumps(value) for value in values]

    def unit(tx: Tx) -> int:
        agent = tx.agent_by_name("a")
        assert agent is not None
        return add_inputs(tx, agent, texts, now=now)

    return await store.write(unit)


async def about(store: Store) -> list[Any]:
    """What each run of the ledger is about, oldest first; of skipped rows their reason and count."""

    def unit(tx: Tx) -> list[Any]:
        return [
            f"{row.reason} {row.slots}"
            if row.state == "skipped"
            else json.loads(tx.inputs_of_run(row.id) or "0")
            for row in ledger(tx)
        ]

    return await store.read(unit)


async def rows(store: Store) -> list[RunRow]:
    return await store.read(ledger)


async def take(store: Store, now: int = NOON) -> list[Claimed]:
    return (await store.write(partial(claim, now=now, owner="me", limit=1000))).runs


async def end(store: Store, runs: list[Claimed], now: int = NOON) -> None:
    done = [settled(run, receipt(now)) for run in runs]
    assert all(await store.write(lambda tx: record(tx, done, owner="me", now=now)))


def test_each_input_that_matches_is_one_run_of_each_trigger(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(
            store, "a", on_input(when="input.kind == 'email'"), webhook(), on_input(when="input.n > 1")
        )
        await post(store, {"kind": "email", "n": 1}, {"kind": "tweet", "n": 2})
        await post(store, {"kind": "email", "n": 3}, now=NOON + SECOND)
        found = [(row.action, row.trigger, row.state, row.type) for row in await rows(store)]
        assert (
            sorted(found)
            == [(0, "input", "waiting", "webhook")] * 2 + [(2, "input", "waiting", "webhook")] * 2
        )
        assert await store.read(lambda tx: tx.counts()["runs"]) == 4

    with_store(story)


def test_runs_follow_their_inputs_in_order_even_those_of_one_moment(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", on_input())
        await post(store, *range(50))
        await post(store, *range(50, 60), now=NOON + 3)
        assert await about(store) == [[n] for n in range(60)]
        assert len(await take(store)) == 60

    with_store(story)


def test_inputs_in_a_definition_fire_nothing(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", on_input(), inputs=[1, 2])
        assert await rows(store) == []

    with_store(story)


def test_a_transaction_that_fails_leaves_neither_input_nor_run(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", on_input())

        def unit(tx: Tx) -> None:
            agent = tx.agent_by_name("a")
            assert agent is not None
            add_inputs(tx, agent, ["1"], now=NOON)
            raise ValueError("power cut")

        with pytest.raises(ValueError, match="power cut"):
            await store.write(unit)
        assert await rows(store) == []
        assert await store.read(lambda tx: ask(tx, "SELECT * FROM inputs")) == []

    with_store(story)


@pytest.mark.parametrize("value", ["1e400", '"' + "x" * 300_000 + '"', '{"a":"text"}'])
def test_an_input_that_a_condition_cannot_be_asked_about_is_skipped_with_the_reason(
    with_store: WithStore, value: str
) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", on_input(when="input.a + 1 > 0"))

        def unit(tx: Tx) -> int:
            agent = tx.agent_by_name("a")
            assert agent is not None
            return add_inputs(tx, agent, [value, value, '{"a":1}'], now=NOON)

        assert await store.write(unit) == 3
        skipped, ran = await rows(store)
        assert (skipped.state, skipped.slots, ran.state) == ("skipped", 2, "waiting")
        assert skipped.reason is not None
        assert skipped.reason.startswith("condition: ")

    with_store(story)


def test_what_a_run_is_about_outlives_the_input(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", on_input())
        await post(store, {"n": 1})
        await store.write(lambda tx: tx.change("erase_inputs", {}))
        assert await about(store) == [[{"n": 1}]]
        (run,) = await take(store)
        failed = settled(run, receipt(NOON, status=400))
        await store.write(lambda tx: record(tx, [failed], owner="me", now=NOON))
        await store.write(lambda tx: retry(tx, run.id, NOON + SECOND))
        (again,) = await take(store, NOON + SECOND)
        assert again.id == run.id
        assert await about(store) == [[{"n": 1}]]

    with_store(story)


def test_ordered_runs_are_taken_one_at_a_time_in_the_order_of_their_inputs(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", on_input(ordered=True))
        await post(store, 1, 2)
        await post(store, 3)
        taken = []
        for _ in range(3):
            (run,) = await take(store)
            assert await take(store) == []
            taken.append(await store.read(partial(Tx.inputs_of_run, run_id=run.id)))
            await end(store, [run])
        assert taken == ["[1]", "[2]", "[3]"]
        await post(store, 4)
        assert len(await take(store)) == 1

    with_store(story)


def test_a_retry_of_an_ordered_run_holds_up_those_behind_it(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", on_input(ordered=True))
        await post(store, 1, 2)
        (run,) = await take(store)
        tried = settled(run, receipt(NOON, status=503))
        assert tried.state == "waiting"
        await store.write(lambda tx: record(tx, [tried], owner="me", now=NOON))
        (again,) = await take(store, NOON + 2 * SECOND)
        assert again.id == run.id
        await end(store, [again], NOON + 2 * SECOND)
        assert len(await take(store, NOON + 2 * SECOND)) == 1

    with_store(story)


def test_throttled_runs_start_apart_and_none_is_lost(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", on_input(throttle={"limit": 2, "period": "10s", "burst": 2}))
        await post(store, 1, 2, 3)
        await post(store, 4, now=NOON + SECOND)
        assert [(row.effective - NOON) // SECOND for row in await rows(store)] == [0, 0, 5, 10]
        assert len(await take(store)) == 2
        assert len(await take(store, NOON + 10 * SECOND)) == 2

    with_store(story)


def test_ordered_runs_mind_their_throttle(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", on_input(ordered=True, throttle={"limit": 1, "period": "10s"}))
        await post(store, 1, 2)
        (run,) = await take(store)
        await end(store, [run], NOON + SECOND)
        assert await take(store, NOON + SECOND) == []
        assert len(await take(store, NOON + 10 * SECOND)) == 1

    with_store(story)


def test_a_debounce_becomes_one_run_about_the_last_input_once_it_is_calm(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", on_input(debounce={"period": "5s"}))
        await post(store, 1, 2)
        await post(store, 3, now=NOON + 4 * SECOND)
        assert await store.write(lambda tx: release(tx, NOON + 8 * SECOND, 100)) == 0
        assert await store.read(lambda tx: tx.next_gathering()) == NOON + 9 * SECOND
        assert await store.write(lambda tx: release(tx, NOON + 9 * SECOND, 100)) == 1
        assert await about(store) == [[3]]
        await post(store, 4, now=NOON + 10 * SECOND)
        assert await store.write(lambda tx: release(tx, NOON + 15 * SECOND, 100)) == 1
        assert await about(store) == [[3], [4]]

    with_store(story)


def test_an_input_after_a_debounce_was_calm_begins_a_new_one_even_if_nobody_looked(
    with_store: WithStore,
) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", on_input(debounce={"period": "5s", "timeout": "6s"}))
        await post(store, 1)
        await post(store, 2, now=NOON + 4 * SECOND)
        await post(store, 3, now=NOON + 6 * SECOND)
        assert await about(store) == [[2]]
        assert await store.read(lambda tx: tx.next_gathering()) == NOON + 11 * SECOND

    with_store(story)


def test_a_batch_is_a_run_as_soon_as_it_is_full_or_its_time_is_over(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", on_input(batch={"size": 3, "timeout": "10s"}))
        await post(store, 1, 2)
        await post(store, 3, 4, 5, 6, 7, now=NOON + SECOND)
        assert await about(store) == [[1, 2, 3], [4, 5, 6]]
        assert await store.write(lambda tx: release(tx, NOON + 11 * SECOND, 100)) == 1
        assert await about(store) == [[1, 2, 3], [4, 5, 6], [7]]
        assert await store.read(lambda tx: tx.next_gathering()) is None

    with_store(story)


def test_a_large_batch_does_not_grow_beyond_what_templates_take(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", on_input(batch={"size": 100, "timeout": "10s"}))
        await post(store, "x" * 600_000, "y" * 600_000, "z")
        assert [len(each) for each in await about(store)] == [2]

    with_store(story)


def test_a_paused_trigger_lets_inputs_pass_and_the_ledger_says_so(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", on_input(when="input > 0"))
        await store.write(partial(pause, agent="a", action=None, note="rest", until=None, now=NOON))
        await post(store, 0, 1, 2)
        await post(store, 3, now=NOON + SECOND)
        assert await about(store) == ["paused 3"]
        await store.write(partial(resume, agent="a", action=0, now=NOON + 2 * SECOND))
        await post(store, 4, now=NOON + 2 * SECOND)
        await store.write(
            partial(pause, agent="a", action=None, note=None, until=None, now=NOON + 3 * SECOND)
        )
        await post(store, 5, now=NOON + 4 * SECOND)
        assert await about(store) == ["paused 3", "paused 1", "paused 1"]
        counts = await store.read(lambda tx: tx.counts())
        assert (counts["runs"], counts["schedules"]) == (3, 0)

    with_store(story)


def test_a_pause_with_an_end_ends_by_itself(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", on_input())
        until = NOON + 10 * SECOND
        await store.write(partial(pause, agent="a", action=None, note=None, until=until, now=NOON))
        await post(store, 1)
        await post(store, 2, now=until)
        assert await about(store) == ["paused 1", [2]]
        over = await store.read(lambda tx: tx.pauses_over(until))
        assert await store.write(lambda tx: end_pauses(tx, over, until)) == 1
        assert await store.read(lambda tx: tx.pauses_over(until)) == []
        assert (await store.read(lambda tx: tx.counts()))["schedules"] == 1

    with_store(story)


def test_what_a_paused_trigger_had_gathered_is_skipped_when_its_time_comes(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", on_input(batch={"size": 9, "timeout": "5s"}))
        await post(store, 1, 2)
        await store.write(partial(pause, agent="a", action=None, note=None, until=None, now=NOON))
        await store.write(lambda tx: release(tx, NOON + 5 * SECOND, 100))
        assert await about(store) == ["paused 2"]

    with_store(story)


@pytest.mark.parametrize("is_deleted", [True, False])
def test_what_a_trigger_had_gathered_when_it_left_is_skipped(with_store: WithStore, is_deleted: bool) -> None:  # noqa: FBT001 - a table's column
    async def story(store: Store) -> None:
        await save(store, "a", on_input(debounce={"period": "5s"}))
        await post(store, 1, 2)
        if is_deleted:
            await store.write(lambda tx: delete_agent(tx, "a", NOON + SECOND))
        else:
            await save(store, "a", now=NOON + SECOND)
        assert await about(store) == ["replaced 2"]
        assert await store.read(lambda tx: ask(tx, "SELECT * FROM flows")) == []
        assert await store.write(lambda tx: release(tx, NOON + 9 * SECOND, 100)) == 0

    with_store(story)


def test_saving_the_same_definition_again_disturbs_nothing(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        action = on_input(debounce={"period": "5s"}, id="x")
        await save(store, "a", action)
        await post(store, 1)
        await save(store, "a", action, now=NOON + SECOND)
        await save(store, "a", action | {"when": "input > 0"}, now=NOON + SECOND)
        assert await store.write(lambda tx: release(tx, NOON + 5 * SECOND, 100)) == 1
        assert await about(store) == [[1]]

    with_store(story)


def test_a_trigger_that_becomes_another_kind_leaves_nothing_gathered(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", on_input(debounce={"period": "5s"}, id="x"))
        await post(store, 1)
        await save(store, "a", every("1h", id="x"), now=NOON + SECOND)
        assert await about(store) == ["replaced 1"]
        assert await store.write(lambda tx: release(tx, NOON + 9 * SECOND, 100)) == 0
        await save(store, "a", on_input(id="x"), now=NOON + 2 * SECOND)
        await post(store, 2, now=NOON + 3 * SECOND)
        assert (await about(store))[-1] == [2]

    with_store(story)


def test_its_newest_run_is_known(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", on_input())
        await post(store, 1, 2)
        newest = (await rows(store))[-1].id
        (schedule,) = await store.read(lambda tx: tx.schedules_page("", 10))
        assert (schedule.last_run, schedule.state, schedule.slot) == (newest, "active", None)
        assert claimed().action == 0

    with_store(story)
