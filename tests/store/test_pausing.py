"""Pausing: nothing fires, every slot is accounted for, and nothing is caught up with afterwards."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from conftest import NOON
from making import HOUR, MINUTE, cron, ledger, receipt, save, schedules, settled, webhook
from pypes.clock import SECOND
from pypes.engine.claiming import Claim, claim
from pypes.engine.recording import record
from pypes.engine.taking_over import take_over
from pypes.errors import InvalidInput, NotFound
from pypes.model.schedule import PAUSED_LOOK
from pypes.store.pausing import pause, resume
from pypes.store.requesting import request_run
from pypes.store.store import Store
from pypes.store.tx import Tx

WithStore = Callable[[Callable[[Store], Awaitable[Any]]], Any]


async def tick(store: Store, now: int) -> Claim:
    return await store.write(lambda tx: claim(tx, now=now, owner="me", limit=1000))


async def halt(store: Store, now: int, **fields: Any) -> int:
    given = {"action": None, "note": None, "until": None} | fields
    return await store.write(lambda tx: pause(tx, "a", now=now, **given))


async def go_on(store: Store, now: int, action: int | str | None = None) -> int:
    return await store.write(lambda tx: resume(tx, "a", action, now=now))


async def skips(store: Store) -> list[tuple[int, int, str | None]]:
    """First slot, number of slots and reason of each row."""
    return [(row.slot, row.slots, row.reason) for row in await store.read(ledger)]


def test_slots_in_a_pause_are_skipped_and_not_caught_up_with(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron(catchup="all"), now=NOON)
        assert await halt(store, NOON, note="holidays") == 1
        for minutes in range(1, 4):
            claimed = await tick(store, NOON + minutes * (MINUTE + SECOND))
            assert claimed.runs == []
        assert await go_on(store, NOON + 300 * SECOND) == 1
        assert await skips(store) == [(NOON + SECOND, 300, "paused")]
        (run,) = (await tick(store, NOON + 301 * SECOND)).runs
        assert run.slot == NOON + 301 * SECOND

    with_store(story)


def test_a_pause_costs_a_look_a_minute_at_most(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron(), now=NOON)
        await halt(store, NOON)
        assert (await tick(store, NOON + SECOND)).next_wake == NOON + PAUSED_LOOK
        assert await skips(store) == []
        claimed = await tick(store, NOON + PAUSED_LOOK)
        assert claimed.next_wake is not None
        assert claimed.next_wake > NOON + PAUSED_LOOK

    with_store(story)


def test_a_pause_that_was_committed_before_the_slot_stops_a_claimed_run(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron(), now=NOON)
        (run,) = (await tick(store, NOON + 300_000)).runs
        await halt(store, NOON + SECOND - 1)
        assert store.take_revoked() == [run.id]
        assert await skips(store) == [(NOON + SECOND, 1, "paused")]

    with_store(story)


def test_a_pause_after_the_slot_lets_the_run_end(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron(), now=NOON)
        (run,) = (await tick(store, NOON + 300_000)).runs
        await halt(store, NOON + SECOND)
        assert store.take_revoked() == []
        done = settled(run, receipt(NOON + SECOND))
        assert await store.write(lambda tx: record(tx, [done], owner="me", now=NOON + SECOND)) == [1]

    with_store(story)


def test_a_pause_stops_the_last_slot_of_a_schedule_too(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        once = {"type": "at", "time": "2026-05-03T12:00:05Z", "action": webhook()}
        await save(store, "a", once, now=NOON)
        (run,) = (await tick(store, NOON + 4_500_000)).runs
        await halt(store, NOON + 4_600_000)
        assert store.take_revoked() == [run.id]
        assert await skips(store) == [(NOON + 5 * SECOND, 1, "paused")]

    with_store(story)


def test_a_slot_that_a_pause_took_back_does_not_count_against_remaining(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron("0 * * * *", remaining=1), now=NOON)
        await tick(store, NOON + HOUR - 500_000)
        await halt(store, NOON + HOUR - 400_000)
        await go_on(store, NOON + HOUR + MINUTE)
        (run,) = (await tick(store, NOON + 2 * HOUR)).runs
        assert run.slot == NOON + 2 * HOUR
        assert (await tick(store, NOON + 9 * HOUR)).runs == []
        assert (await store.read(Tx.counts))["schedules"] == 0

    with_store(story)


def test_a_slot_that_a_pause_took_back_and_a_resume_gave_again_counts_once(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron(remaining=2), now=NOON)
        (first,) = (await tick(store, NOON + 400_000)).runs
        await halt(store, NOON + 500_000)
        await go_on(store, NOON + 600_000)
        (again,) = (await tick(store, NOON + 700_000)).runs
        assert again.id == first.id
        await store.write(
            lambda tx: record(tx, [settled(again, receipt(NOON + SECOND))], owner="me", now=NOON + SECOND)
        )
        (second,) = (await tick(store, NOON + 2 * SECOND)).runs
        assert second.slot == NOON + 2 * SECOND
        (row,) = await store.read(schedules)
        assert row.state == "finished"

    with_store(story)


def test_what_a_pause_skips_in_line_does_not_count_against_remaining(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron(remaining=3, overlap="buffer_all"), now=NOON)
        for second in range(1, 4):
            await tick(store, NOON + second * SECOND)
        await halt(store, NOON + 3 * SECOND)
        await go_on(store, NOON + 3 * SECOND + 1)
        for second in range(4, 8):
            await tick(store, NOON + second * SECOND)
        states = [row.state for row in await store.read(ledger)]
        assert states == ["running", "skipped", "skipped", "waiting", "waiting"]
        (row,) = await store.read(schedules)
        assert row.state == "finished"

    with_store(story)


def test_a_pause_ends_by_itself_and_only_its_own_slots_are_skipped_for_it(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron(catchup="none"), now=NOON)
        await halt(store, NOON, until=NOON + 10 * SECOND)
        claimed = await tick(store, NOON + 10 * SECOND)
        assert await skips(store) == [(NOON + SECOND, 10, "paused")]
        (row,) = await store.read(schedules)
        assert (row.state, row.until, row.note) == ("active", None, None)
        assert claimed.next_wake is not None
        (run,) = (await tick(store, NOON + 11 * SECOND)).runs
        assert run.slot == NOON + 11 * SECOND

    with_store(story)


def test_slots_after_a_pause_that_had_ended_are_missed_and_not_paused(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron(catchup="none"), now=NOON)
        await halt(store, NOON, until=NOON + 10 * SECOND)
        await go_on(store, NOON + 20 * SECOND + 1)
        await tick(store, NOON + 20 * SECOND + 1)
        assert (await skips(store))[:2] == [(NOON + SECOND, 10, "paused"), (NOON + 11 * SECOND, 9, "missed")]

    with_store(story)


def test_two_pauses_around_an_overlap_never_cover_a_slot_twice(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron(), now=NOON)
        for second in range(1, 4):
            await tick(store, NOON + second * SECOND)
        await halt(store, NOON + 3 * SECOND)
        await go_on(store, NOON + 7 * SECOND)
        for second in range(8, 10):
            await tick(store, NOON + second * SECOND)
        assert await skips(store) == [
            (NOON + SECOND, 1, None),
            (NOON + 2 * SECOND, 2, "overlap"),
            (NOON + 4 * SECOND, 4, "paused"),
            (NOON + 8 * SECOND, 2, "overlap"),
        ]

    with_store(story)


def test_one_trigger_is_paused_by_index_or_by_id_and_the_others_go_on(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron(), "label", cron(id="second"), now=NOON)
        assert await halt(store, NOON, action="second", note="n") == 1
        assert [row.state for row in await store.read(schedules_in_order)] == ["active", "paused"]
        assert await halt(store, NOON, action=0) == 1
        assert (await store.read(Tx.counts))["schedules"] == 0
        assert await go_on(store, NOON) == 2
        assert await go_on(store, NOON) == 0
        assert (await store.read(Tx.counts))["schedules"] == 2

    with_store(story)


def schedules_in_order(tx: Tx) -> Any:
    return sorted(schedules(tx), key=lambda row: row.position)


def test_what_is_not_there_or_not_timed_cannot_be_paused(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", webhook(), "label", now=NOON)
        assert await halt(store, NOON) == 0
        for action in (2, -1, "x"):
            with pytest.raises(NotFound):
                await halt(store, NOON, action=action)
        for action in (0, 1):
            with pytest.raises(InvalidInput, match="only triggers"):
                await halt(store, NOON, action=action)
        with pytest.raises(NotFound, match="no agent `b`"):
            await store.write(lambda tx: pause(tx, "b", None, note=None, until=None, now=NOON))

    with_store(story)


def test_pausing_twice_keeps_the_newer_words_and_counts_once(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron(), now=NOON)
        await halt(store, NOON, note="one", until=NOON + HOUR)
        await halt(store, NOON, note="two")
        (row,) = await store.read(schedules)
        assert (row.note, row.until) == ("two", None)
        assert (await store.read(Tx.counts))["schedules"] == 0

    with_store(story)


def test_what_waits_in_line_is_skipped_by_a_pause(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron(overlap="buffer_all"), now=NOON)
        for second in range(1, 4):
            await tick(store, NOON + second * SECOND)
        await halt(store, NOON + 3 * SECOND)
        assert [row.state for row in await store.read(ledger)] == ["running", "skipped", "skipped"]

    with_store(story)


def test_what_may_have_been_sent_when_its_daemon_died_is_cancelled_by_a_pause_and_not_skipped(
    with_store: WithStore,
) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron(), now=NOON)
        await tick(store, NOON + SECOND)
        await store.write(lambda tx: take_over(tx, owner="another", now=NOON + 2 * SECOND))
        await halt(store, NOON + 2 * SECOND)
        (run,) = await store.read(ledger)
        assert (run.state, run.reason) == ("cancelled", "paused")

    with_store(story)


def test_a_run_by_hand_is_called_when_a_pause_skips_what_it_waited_for(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron(), now=NOON)
        await tick(store, NOON + 400_000)
        await by_hand(store, NOON + 500_000)
        await halt(store, NOON + 600_000)
        (run,) = (await tick(store, NOON + 700_000)).runs
        assert run.trigger == "manual"

    with_store(story)


async def by_hand(store: Store, now: int) -> None:
    """Ask for a run that waits in line."""

    def unit(tx: Tx) -> str:
        row = tx.agent_by_name("a")
        assert row is not None
        (action,) = tx.actions_of_agent(row.id)
        return request_run(tx, action, agent="a", salt="x", now=now, overlap="buffer_one")

    await store.write(unit)
