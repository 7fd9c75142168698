"""Claiming: due slots become runs, in one transaction, never before their time and never twice."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from conftest import NOON, HandClock
from making import (
    DAY,
    HOUR,
    MINUTE,
    ask,
    cron,
    every,
    ledger,
    receipt,
    save,
    schedules,
    settled,
    tools,
    webhook,
)
from pypes.clock import SECOND
from pypes.engine.claiming import QUANTUM, Claim, claim
from pypes.engine.recording import record
from pypes.engine.taking_over import rescue
from pypes.model.run import MOST_UNSENT_CRASHES, Claimed
from pypes.model.schedule import LOOK_AHEAD
from pypes.store.store import Store
from pypes.store.tx import Tx

WithStore = Callable[[Callable[[Store], Awaitable[Any]]], Any]

AHEAD = LOOK_AHEAD + QUANTUM
"""Nothing is claimed sooner before its instant."""


async def tick(store: Store, now: int, owner: str = "me", **fields: Any) -> Claim:
    given = {"limit": 1000} | fields
    return await store.write(partial(claim, now=now, owner=owner, **given))


async def end(store: Store, run: Claimed, now: int, owner: str = "me") -> None:
    done = settled(run, receipt(now))
    assert await store.write(partial(record, settled=[done], owner=owner, now=now)) == [1]


async def crash(store: Store, now: int, owner: str) -> None:
    clock = HandClock(now)
    await rescue(tools(store, clock, owner=owner))


async def states(store: Store) -> list[tuple[int, str, str | None]]:
    return [(row.slot - NOON, row.state, row.reason) for row in await store.read(ledger)]


def test_nothing_is_claimed_before_its_look_ahead(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron("* * * * *"))
        early = await tick(store, NOON + MINUTE - AHEAD - 1)
        assert (early.runs, early.next_wake) == ([], NOON + MINUTE - LOOK_AHEAD)
        (run,) = (await tick(store, NOON + MINUTE - LOOK_AHEAD)).runs
        assert (run.slot, run.due_at, run.attempt, run.next_at) == (
            NOON + MINUTE,
            NOON + MINUTE,
            1,
            NOON + 2 * MINUTE,
        )

    with_store(story)


def test_a_slot_is_claimed_once(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron("* * * * *"))
        assert len((await tick(store, NOON + MINUTE)).runs) == 1
        assert (await tick(store, NOON + MINUTE, owner="other")).runs == []

    with_store(story)


def test_a_claimed_run_has_not_started(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron("* * * * *"))
        await tick(store, NOON + MINUTE)
        (row,) = await store.read(ledger)
        assert (row.state, row.attempt, row.started_at, row.owner) == ("running", 0, None, "me")

    with_store(story)


def test_an_every_second_schedule_under_skip_loses_no_slot_to_the_look_ahead(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron())
        held: list[Claimed] = []
        for step in range(1, 60 * 20 + 1):
            now = NOON + step * 50_000
            held += (await tick(store, now)).runs
            for run in [run for run in held if run.due_at + 100_000 <= now]:
                held.remove(run)
                await end(store, run, now)
        rows = await store.read(ledger)
        assert [row.slot for row in rows if row.state != "skipped"] == [
            NOON + n * SECOND for n in range(1, 61)
        ]

    with_store(story)


def test_ahead_of_an_open_run_a_slot_waits_for_its_instant(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron("*/5 * * * * *"))
        await tick(store, NOON + 5 * SECOND)
        assert (await tick(store, NOON + 10 * SECOND - LOOK_AHEAD)).next_wake == NOON + 10 * SECOND
        await tick(store, NOON + 10 * SECOND)
        assert await states(store) == [(5 * SECOND, "running", None), (10 * SECOND, "skipped", "overlap")]

    with_store(story)


def test_adjacent_skips_of_one_cause_share_a_row_and_others_do_not(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron())
        for second in range(1, 11):
            await tick(store, NOON + second * SECOND)
        _, skip = await store.read(ledger)
        assert (skip.slot, skip.slot_to, skip.slots) == (NOON + 2 * SECOND, NOON + 10 * SECOND, 9)
        assert (await store.read(Tx.counts))["runs"] == 2

    with_store(story)


def test_missed_slots_after_an_outage_cost_one_row_however_many_they_are(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron(catchup="none"))
        (run,) = (await tick(store, NOON + 20 * DAY)).runs
        assert run.slot == NOON + 20 * DAY
        skip, _ = await store.read(ledger)
        assert (skip.slots, skip.reason) == (20 * 86_400 - 1, "missed")

    with_store(story)


def test_caught_up_slots_go_one_after_another_in_order(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron("0 * * * *", catchup="all"))
        now = NOON + 3 * HOUR + MINUTE
        seen = []
        for _ in range(3):
            claimed = await tick(store, now)
            if not claimed.runs:
                claimed = await tick(store, now)
            (run,) = claimed.runs
            seen.append((run.slot - NOON) // HOUR)
            assert (await tick(store, now)).runs == []
            await end(store, run, now)
        assert seen == [1, 2, 3]
        assert (await tick(store, now)).runs == []

    with_store(story)


def test_a_batch_takes_no_more_than_it_may_and_says_that_there_is_more(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", *[cron("* * * * *", id=str(number)) for number in range(10)])
        now = NOON + MINUTE
        first = await tick(store, now, limit=4)
        assert len(first.runs) == 4
        assert first.next_wake is not None
        assert first.next_wake <= now
        rest = [len((await tick(store, now, limit=4)).runs) for _ in range(3)]
        assert rest == [4, 2, 0]

    with_store(story)


def test_waiting_runs_are_not_starved_by_schedules_nor_the_other_way_round(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", *[cron("* * * * *", id=str(number)) for number in range(40)])
        runs = (await tick(store, NOON + MINUTE, limit=20)).runs
        await store.write(lambda tx: tx.release_runs([(run.id, NOON) for run in runs], "me"))
        claimed = (await tick(store, NOON + MINUTE, limit=20)).runs
        waiting = {run.id for run in runs}
        assert sum(run.id in waiting for run in claimed) == 5
        assert sum(run.id not in waiting for run in claimed) == 20

    with_store(story)


def test_without_timed_work_only_waiting_runs_born_since_are_taken(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron("* * * * *"))
        (run,) = (await tick(store, NOON + MINUTE)).runs
        await store.write(lambda tx: tx.release_runs([(run.id, NOON)], "me"))
        later = NOON + 10 * MINUTE
        claimed = await tick(store, later, timed=False, since=f"{later:014x}")
        assert claimed == Claim([], None, [], [])
        assert len((await tick(store, later, timed=False)).runs) == 1

    with_store(story)


def test_a_schedule_that_is_finished_says_so_once_and_never_fires_again(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(
            store, "a", cron("* * * * *", end="2026-05-03T12:02:00Z"), cron("* * * * *", remaining=2, id="r")
        )
        finished = []
        for minutes in range(1, 6):
            claimed = await tick(store, NOON + minutes * MINUTE)
            finished += [due.position for due in claimed.finished]
            for run in claimed.runs:
                await end(store, run, NOON + minutes * MINUTE)
        assert sorted(finished) == [0, 1]
        assert len(await store.read(ledger)) == 4
        assert {row.state for row in await store.read(schedules)} == {"finished"}
        assert (await store.read(Tx.counts))["schedules"] == 0

    with_store(story)


def test_a_schedule_that_cannot_be_decided_is_set_aside_and_stops_nobody(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron(id="bad"))
        await save(store, "b", cron())
        spoil = (
            "UPDATE actions SET definition = replace(definition, '* * *', 'x') WHERE definition LIKE '%bad%'"
        )
        await store.write(lambda tx: ask(tx, spoil))
        claimed = await tick(store, NOON + SECOND)
        assert [run.agent for run in claimed.runs] == ["b"]
        assert [due.agent for due, _ in claimed.broken] == ["a"]
        (bad,) = [row for row in await store.read(schedules) if row.agent == "a"]
        assert bad.state == "paused"
        assert "internal error" in str(bad.note)
        assert (await store.read(Tx.counts))["schedules"] == 1
        again = await tick(store, NOON + 2 * SECOND)
        assert again.broken == []

    with_store(story)


def test_after_a_crash_the_same_run_is_taken_again_without_spending_an_attempt(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron("* * * * *", catchup="none"))
        (run,) = (await tick(store, NOON + MINUTE - 500_000, owner="first")).runs
        await crash(store, NOON + MINUTE - 400_000, "second")
        (again,) = (await tick(store, NOON + MINUTE - 400_000, owner="second")).runs
        assert (again.id, again.attempt, again.due_at) == (run.id, 1, NOON + MINUTE)
        (row,) = await store.read(ledger)
        assert row.owner == "second"

    with_store(story)


def test_a_rescued_run_is_open_for_the_slots_after_it(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron())
        await tick(store, NOON + SECOND, owner="first")
        await crash(store, NOON + 5 * SECOND, "second")
        (run,) = (await tick(store, NOON + 5 * SECOND, owner="second")).runs
        assert run.slot == NOON + SECOND
        assert sum(row.slots for row in await store.read(ledger)) == 5

    with_store(story)


def test_a_run_that_was_under_way_in_three_crashes_is_failed_and_frees_its_schedule(
    with_store: WithStore,
) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron("0 * * * *", overlap="buffer_all"))
        (sent,) = (await tick(store, NOON + HOUR, owner="daemon-0")).runs
        await store.write(lambda tx: tx.note_started([(sent.id, NOON + HOUR + 1)], "daemon-0"))
        await tick(store, NOON + 2 * HOUR, owner="daemon-0")
        now = NOON + 2 * HOUR + MINUTE
        for number in range(1, 4):
            await crash(store, now, f"daemon-{number}")
            claimed = (await tick(store, now, owner=f"daemon-{number}")).runs
            assert len(claimed) == 1
        first, second = await store.read(ledger)
        assert (first.state, first.reason) == ("failed", "the daemon died while running it")
        assert second.state == "running"

    with_store(story)


def test_a_run_that_nobody_came_to_send_is_taken_again_after_many_crashes(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron("0 * * * *"))
        await tick(store, NOON + HOUR, owner="daemon-0")
        for number in range(1, MOST_UNSENT_CRASHES):
            await crash(store, NOON + HOUR + number, f"daemon-{number}")
            assert len((await tick(store, NOON + HOUR + number, owner=f"daemon-{number}")).runs) == 1
        await crash(store, NOON + HOUR + 99, "last")
        (row,) = await store.read(ledger)
        assert (row.state, row.started_at) == ("failed", None)

    with_store(story)


def test_only_the_holder_notes_that_a_run_has_started(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron("0 * * * *"))
        (run,) = (await tick(store, NOON + HOUR, owner="me")).runs
        await store.write(lambda tx: tx.note_started([(run.id, NOON + HOUR + 5)], "other"))
        assert [row.started_at for row in await store.read(ledger)] == [None]
        for moment in (NOON + HOUR + 5, NOON + HOUR + 9):
            await store.write(partial(Tx.note_started, runs=[(run.id, moment)], owner="me"))
        assert [row.started_at for row in await store.read(ledger)] == [NOON + HOUR + 5]

    with_store(story)


def test_crashes_before_the_slot_do_not_count(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron("* * * * *"))
        now = NOON + MINUTE - 500_000
        await tick(store, now, owner="daemon-0")
        for number in range(1, 6):
            await crash(store, now, f"daemon-{number}")
            assert len((await tick(store, now, owner=f"daemon-{number}")).runs) == 1

    with_store(story)


def test_a_rescued_run_past_its_window_fails_and_calls_the_next_in_line(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", every("1h", catchup_window="90m", overlap="buffer_all"))
        await tick(store, NOON + HOUR, owner="first")
        await tick(store, NOON + 2 * HOUR, owner="first")
        now = NOON + 2 * HOUR + 45 * MINUTE
        await crash(store, now, "second")
        taken = (await tick(store, now, owner="second")).runs + (await tick(store, now, owner="second")).runs
        assert [run.slot for run in taken] == [NOON + 2 * HOUR]
        first, _ = await store.read(ledger)
        assert first.state == "failed"
        assert "window" in str(first.reason)

    with_store(story)


@pytest.mark.parametrize(
    ("overlap", "expected"),
    [
        ("skip", ["running", "skipped", "skipped"]),
        ("buffer_one", ["running", "waiting", "skipped"]),
        ("buffer_all", ["running", "waiting", "waiting"]),
        ("allow_all", ["running", "running", "running"]),
        ("cancel_other", ["cancelled", "cancelled", "running"]),
    ],
)
def test_overlap_over_three_slots(overlap: str, expected: list[str], with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron(overlap=overlap))
        for second in range(1, 4):
            await tick(store, NOON + second * SECOND)
        rows = await store.read(ledger)
        found = [row.state for row in rows for _ in range(row.slots)]
        assert found == expected
        assert len(store.take_cut()) == expected.count("cancelled")

    with_store(story)


def test_a_spread_run_is_not_due_before_its_effective_moment(
    with_store: WithStore,
) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron("* * * * *", jitter="50%"))
        (schedule,) = await store.read(schedules)
        assert schedule.next_at is not None
        assert (await tick(store, schedule.next_at - AHEAD - 1)).runs == []
        (run,) = (await tick(store, schedule.next_at - LOOK_AHEAD)).runs
        assert (run.slot, run.due_at) == (NOON + MINUTE, schedule.next_at)
        (row,) = await store.read(ledger)
        assert (row.slot, row.effective) == (NOON + MINUTE, schedule.next_at)

    with_store(story)


def test_a_clock_that_goes_back_repeats_nothing(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron())
        (run,) = (await tick(store, NOON + 10 * SECOND)).runs
        await end(store, run, NOON + 10 * SECOND)
        before = await states(store)
        for second in range(-3600, 10, 600):
            assert (await tick(store, NOON + second * SECOND)).runs == []
        assert await states(store) == before

    with_store(story)


def test_an_agent_with_nothing_timed_has_nothing_to_claim(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", webhook(), "label")
        assert await tick(store, NOON + DAY) == Claim([], None, [], [])

    with_store(story)


def test_a_rescued_run_that_can_no_longer_be_read_stops_nobody(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron(id="bad", catchup_window="1h"))
        await save(store, "b", cron())
        await tick(store, NOON + SECOND, owner="first")
        spoil = (
            "UPDATE actions SET definition = replace(definition, 'cron', 'x') WHERE definition LIKE '%bad%'"
        )
        await store.write(lambda tx: ask(tx, spoil))
        await crash(store, NOON + 2 * SECOND, "second")
        claimed = await tick(store, NOON + 2 * SECOND, owner="second")
        assert "b" in {run.agent for run in claimed.runs}

    with_store(story)
