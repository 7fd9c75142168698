"""Saving agents: what is unchanged keeps its schedule, what is gone ends, what is new starts now."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from conftest import NOON
from making import DAY, HOUR, MINUTE, Json, agent, ask, cron, every, ledger, save, schedules, webhook
from pypes.clock import SECOND
from pypes.engine.claiming import claim
from pypes.errors import InvalidInput
from pypes.model.run import run_id
from pypes.store.pausing import pause
from pypes.store.rows import ScheduleRow
from pypes.store.saving import append_inputs, delete_agent, save_agent, save_agents
from pypes.store.store import Store
from pypes.store.tx import Tx

WithStore = Callable[[Callable[[Store], Awaitable[Any]]], Any]


def everything(tx: Tx) -> list[Any]:
    """All rows about schedules, actions and runs."""
    return [ask(tx, f"SELECT * FROM {table} ORDER BY 1") for table in ("schedules", "actions", "runs")]  # noqa: S608


async def tick(store: Store, now: int) -> list[str]:
    """Claim; the ids of the runs that were taken."""
    claimed = await store.write(lambda tx: claim(tx, now=now, owner="me", limit=1000))
    return [run.id for run in claimed.runs]


async def of(store: Store, name: str) -> list[ScheduleRow]:
    rows = [row for row in await store.read(schedules) if row.agent == name]
    return sorted(rows, key=lambda row: row.position)


def test_a_new_trigger_starts_with_its_first_slot_after_now(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron("0 * * * *"), webhook(), "label", now=NOON)
        (row,) = await of(store, "a")
        assert (row.position, row.slot, row.state) == (0, NOON + HOUR, "active")

    with_store(story)


def test_the_same_definition_again_changes_no_row(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        actions = [cron(), cron("0 * * * *", id="x"), webhook(), "label", json.dumps(every("7s"))]
        await save(store, "a", *actions, now=NOON)
        await tick(store, NOON + SECOND)
        await store.write(lambda tx: pause(tx, "a", "x", note="n", until=None, now=NOON + SECOND))
        before = await store.read(everything)
        for number in range(5):
            await save(store, "a", *actions, now=NOON + SECOND + number * MINUTE)
        assert await store.read(everything) == before

    with_store(story)


def test_other_agents_are_not_touched(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron(), now=NOON)
        before = await of(store, "a")
        await save(store, "b", cron(), now=NOON + MINUTE)
        await save(store, "b", every("1m"), now=NOON + MINUTE)
        await store.write(lambda tx: delete_agent(tx, "b", NOON + MINUTE))
        assert await of(store, "a") == before

    with_store(story)


def test_unchanged_actions_keep_their_slot_when_others_come_and_go_around_them(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron("0 * * * *"), every("7s"), now=NOON)
        await save(store, "a", "new", every("11s"), cron("0 * * * *"), now=NOON + 5 * HOUR)
        rows = {row.position: row for row in await of(store, "a")}
        assert rows[2].slot == NOON + HOUR  # not yet looked at, so not yet moved
        assert set(rows) == {1, 2}

    with_store(story)


def test_blanks_and_key_order_keep_the_slot_but_the_text_is_the_new_one(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", json.dumps(cron("0 * * * *")), now=NOON)
        text = json.dumps(dict(reversed(cron("0 * * * *").items())), indent=2)
        await save(store, "a", text, now=NOON + 5 * HOUR)
        (row,) = await of(store, "a")
        assert row.slot == NOON + HOUR
        assert row.definition == text

    with_store(story)


def test_twins_keep_their_slots_by_order(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron(), cron(), cron(), now=NOON)
        before = [row.id for row in await of(store, "a")]
        assert len(set(before)) == 3
        await save(store, "a", cron(), cron(), now=NOON)
        assert [row.id for row in await of(store, "a")] == before[:2]

    with_store(story)


@pytest.mark.parametrize(
    "edit",
    [
        {"overlap": "allow_all"},
        {"catchup": "none"},
        {"action": webhook(method="PUT")},
        {"grace": "1s"},
        {"pause_after": 3},
    ],
    ids=str,
)
def test_an_edit_under_an_id_that_leaves_the_timing_alone_keeps_the_next_slot(
    edit: Json, with_store: WithStore
) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron("0 * * * *", id="x"), now=NOON)
        await save(store, "a", cron("0 * * * *", id="x") | edit, now=NOON + HOUR + MINUTE)
        (row,) = await of(store, "a")
        assert row.slot == NOON + HOUR
        assert await store.read(ledger) == []

    with_store(story)


@pytest.mark.parametrize(
    ("edit", "slot"),
    [
        (cron("30 * * * *", id="x"), NOON + 90 * MINUTE),
        (cron("0 * * * *", id="x", timezone="Asia/Kolkata"), NOON + 90 * MINUTE),
        (every("7m", id="x"), (NOON + 61 * MINUTE) // (7 * MINUTE) * 7 * MINUTE + 7 * MINUTE),
    ],
)
def test_an_edit_of_the_timing_starts_from_now_and_accounts_for_what_was_undecided(
    edit: Json, slot: int, with_store: WithStore
) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron("0 * * * *", id="x"), now=NOON)
        await save(store, "a", edit, now=NOON + 61 * MINUTE)
        (row,) = await of(store, "a")
        assert row.slot == slot
        (skipped,) = await store.read(ledger)
        assert (skipped.slot, skipped.state, skipped.reason) == (NOON + HOUR, "skipped", "replaced")

    with_store(story)


def test_an_edit_keeps_a_pause(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron(id="x"), now=NOON)
        await store.write(lambda tx: pause(tx, "a", None, note="why", until=None, now=NOON))
        await save(store, "a", cron("0 * * * *", id="x"), now=NOON)
        (row,) = await of(store, "a")
        assert (row.state, row.note) == ("paused", "why")

    with_store(story)


def test_a_rewritten_step_is_sent_as_it_now_reads_even_when_its_slot_was_claimed(
    with_store: WithStore,
) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron("0 * * * *", id="x"), now=NOON)
        now = NOON + HOUR - 500_000
        (run,) = await tick(store, now)
        await save(store, "a", cron("0 * * * *", id="x", action=webhook(method="PUT")), now=now)
        assert store.take_revoked() == [run]
        claimed = await store.write(lambda tx: claim(tx, now=now, owner="me", limit=10))
        assert [again.id for again in claimed.runs] == [run]
        assert "PUT" in claimed.runs[0].definition
        assert len(await store.read(ledger)) == 1

    with_store(story)


def test_what_was_claimed_and_not_sent_is_skipped_when_its_action_goes(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron(), now=NOON)
        (run,) = await tick(store, NOON + 300_000)
        await save(store, "a", now=NOON + 400_000)
        assert store.take_revoked() == [run]
        (row,) = await store.read(ledger)
        assert (row.id, row.state, row.reason) == (run, "skipped", "replaced")
        assert await store.read(schedules) == []

    with_store(story)


def test_a_run_whose_instant_has_come_is_not_called_back(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron(), now=NOON)
        await tick(store, NOON + SECOND)
        await store.write(lambda tx: delete_agent(tx, "a", NOON + SECOND))
        assert store.take_revoked() == []
        (row,) = await store.read(ledger)
        assert row.state == "running"

    with_store(story)


def test_an_outage_after_an_edit_within_the_look_ahead_loses_no_slot(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", every("1s", id="x", catchup="none"), now=NOON)
        await tick(store, NOON + 300_000)
        await save(store, "a", cron("* * * * * *", id="x", catchup="none"), now=NOON + 400_000)
        await tick(store, NOON + 60 * SECOND + 500_000)
        rows = await store.read(ledger)
        assert [row.slot for row in rows][:2] == [NOON + SECOND, NOON + 2 * SECOND]
        assert sum(row.slots for row in rows) == 60

    with_store(story)


def test_a_deleted_agent_leaves_its_ledger_and_a_new_one_of_its_name_begins_anew(
    with_store: WithStore,
) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron(), now=NOON, inputs=[1])
        await tick(store, NOON + SECOND)
        (old,) = await of(store, "a")
        assert await store.write(lambda tx: delete_agent(tx, "a", NOON + 5 * SECOND))
        assert not await store.write(lambda tx: delete_agent(tx, "a", NOON + 5 * SECOND))
        slots = sum(row.slots for row in await store.read(ledger))
        assert slots == 5
        await save(store, "a", cron(), now=NOON + 5 * SECOND)
        (new,) = await of(store, "a")
        assert new.id != old.id
        assert await store.read(lambda tx: tx.inputs_of_agent(new.id[:24])) == []

    with_store(story)


def test_inputs_are_replaced_where_they_are_given_and_stay_where_they_are_not(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        async def inputs() -> list[str]:
            row = await store.read(lambda tx: tx.agent_by_name("a"))
            assert row is not None
            return await store.read(lambda tx: tx.inputs_of_agent(row.id))

        await save(store, "a", inputs=[1, 2], now=NOON)
        await save(store, "a", now=NOON + 1)
        assert await inputs() == ["1", "2"]
        await save(store, "a", inputs=[3], now=NOON + 2)
        assert await inputs() == ["3"]
        await save(store, "a", inputs=[], now=NOON + 3)
        assert await inputs() == []

    with_store(story)


def test_appended_inputs_keep_their_order(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await store.write(lambda tx: append_inputs(tx, "a", [str(n) for n in range(1500)], NOON))
        await store.write(lambda tx: append_inputs(tx, "a", ["last"], NOON + 1))
        found = await store.read(lambda tx: tx.inputs_of_agent("a"))
        assert found == [str(n) for n in range(1500)] + ["last"]

    with_store(story)


def test_an_at_in_the_past_is_stored_finished_and_its_slot_was_missed(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", {"type": "at", "time": "2026-05-03T11:00:00Z", "action": webhook()}, now=NOON)
        (row,) = await of(store, "a")
        assert (row.state, row.slot) == ("finished", None)
        (run,) = await store.read(ledger)
        assert (run.slot, run.state, run.reason) == (NOON - HOUR, "skipped", "missed")
        assert (await store.read(Tx.counts))["schedules"] == 0
        assert await tick(store, NOON + DAY) == []

    with_store(story)


def test_an_at_that_is_done_stays_done_however_often_it_is_saved(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        once = {"type": "at", "time": "2026-05-03T12:00:05Z", "action": webhook(), "id": "x"}
        await save(store, "a", once, now=NOON)
        (run,) = await tick(store, NOON + 5 * SECOND)
        await save(store, "a", once, now=NOON + MINUTE)
        await save(store, "a", once | {"overlap": "allow_all"}, now=NOON + MINUTE)
        await save(store, "a", once, "label", now=NOON + DAY)
        assert await tick(store, NOON + DAY) == []
        assert [row.id for row in await store.read(ledger)] == [run]

    with_store(story)


def test_an_at_that_goes_and_comes_back_right_before_its_slot_has_its_run_and_is_finished(
    with_store: WithStore,
) -> None:
    async def story(store: Store) -> None:
        once = {"type": "at", "time": "2026-05-03T12:00:05Z", "action": webhook()}
        await save(store, "a", once, now=NOON)
        (run,) = await tick(store, NOON + 4_500_000)
        await save(store, "a", now=NOON + 4_600_000)
        await save(store, "a", once, now=NOON + 4_700_000)
        assert await tick(store, NOON + 4_800_000) == [run]
        (row,) = await of(store, "a")
        assert (row.state, row.slot) == ("finished", None)
        assert (await store.read(Tx.counts))["schedules"] == 0

    with_store(story)


def test_a_trigger_that_becomes_a_label_or_a_step_under_its_id_ends(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron(id="x"), now=NOON)
        await save(store, "a", webhook(id="x"), now=NOON)
        assert await store.read(schedules) == []
        assert (await store.read(Tx.counts))["schedules"] == 0
        await save(store, "a", cron(id="x"), now=NOON)
        assert len(await store.read(schedules)) == 1
        assert (await store.read(Tx.counts))["schedules"] == 1

    with_store(story)


def test_a_batch_with_a_mistake_stores_nothing(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        def unit(tx: Tx) -> None:
            save_agents(tx, [agent("a", cron()), agent("b", cron())], NOON)
            raise InvalidInput("the third is wrong")

        with pytest.raises(InvalidInput):
            await store.write(unit)
        assert await store.read(lambda tx: tx.agents_page("", 10)) == []
        assert set((await store.read(Tx.counts)).values()) == {0}

    with_store(story)


def test_an_agent_whose_stored_trigger_can_no_longer_be_read_can_be_paused_replaced_and_deleted(
    with_store: WithStore,
) -> None:
    async def story(store: Store) -> None:
        for name in ("a", "b", "c"):
            await save(store, name, cron(id="x"), now=NOON)
        await store.write(spoil)
        later = NOON + MINUTE
        await store.write(lambda tx: pause(tx, "a", 0, note=None, until=None, now=later))
        await save(store, "a", cron(id="x"), now=later)
        await save(store, "b", now=later)
        assert await store.write(lambda tx: delete_agent(tx, "c", later))

    with_store(story)


def spoil(tx: Tx) -> None:
    """Make every stored trigger unreadable, as another version's would be."""
    ask(tx, 'UPDATE actions SET definition = replace(definition, \'"type": "cron"\', \'"type": "moon"\')')


def test_ten_thousand_actions_are_saved_and_saved_again(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        parsed = agent("a", *[cron(id=str(number)) for number in range(10_000)])
        await store.write(lambda tx: save_agent(tx, parsed, now=NOON))
        assert (await store.read(Tx.counts))["schedules"] == 10_000
        before = await store.read(schedules)
        await store.write(lambda tx: save_agent(tx, parsed, now=NOON + MINUTE))
        assert await store.read(schedules) == before
        await store.write(lambda tx: delete_agent(tx, "a", NOON))
        assert (await store.read(Tx.counts))["schedules"] == 0

    with_store(story)


def test_the_id_of_a_run_follows_from_its_slot_and_its_action_alone(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron(), now=NOON)
        (row,) = await of(store, "a")
        assert await tick(store, NOON + SECOND) == [run_id(NOON + SECOND, row.id, "timed")]

    with_store(story)
