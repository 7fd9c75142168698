"""Questions about runs: every change of state names its precondition, and figures never drift."""

from collections.abc import Awaitable, Callable
from functools import partial
from itertools import product
from typing import Any

import msgspec
import pytest

from conftest import NOON
from making import Json, ask, cron, failure, ledger, receipt, save, settled
from pypes.clock import SECOND
from pypes.engine.claiming import claim
from pypes.engine.recording import record
from pypes.errors import Conflict, NotFound
from pypes.model.run import Claimed
from pypes.model.schedule import Skip
from pypes.store.correcting import backfill, cancel, retry
from pypes.store.ledger import record_skip
from pypes.store.run_rows import NewRun, RunRow
from pypes.store.runs import LAST_ID
from pypes.store.store import Store
from pypes.store.tx import Tx

WithStore = Callable[[Callable[[Store], Awaitable[Any]]], Any]


async def one_run(store: Store) -> Claimed:
    """An agent with one run, claimed by `me` at its slot."""
    await save(store, "a", cron("0 12 * * *"), now=NOON - 1)
    (run,) = (await store.write(lambda tx: claim(tx, now=NOON, owner="me", limit=1))).runs
    return run


async def row_of(store: Store, run_id: str) -> RunRow:
    row = await store.read(lambda tx: tx.run_by_id(run_id))
    assert row is not None
    return row


async def force(store: Store, run_id: str, state: str, reason: str | None = None) -> None:
    """Put a run into a state, whatever it takes."""
    said = "NULL" if reason is None else f"'{reason}'"
    await store.write(
        lambda tx: ask(tx, f"UPDATE runs SET state = '{state}', reason = {said} WHERE id = '{run_id}'")  # noqa: S608
    )


STATES = ["waiting", "running", "succeeded", "failed", "cancelled", "skipped", "unknown"]


@pytest.mark.parametrize("state", STATES)
def test_only_a_run_that_is_held_is_settled(state: str, with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        run = await one_run(store)
        await force(store, run.id, state, "overlap" if state == "skipped" else None)
        done = settled(run, receipt(NOON))
        assert await store.write(lambda tx: tx.settle_runs([done], "me")) == [int(state == "running")]

    with_store(story)


@pytest.mark.parametrize(("owner", "attempt"), list(product(["me", "other"], [1, 2, 3])))
def test_a_result_is_accepted_from_the_holder_for_the_attempt_it_was_given(
    owner: str, attempt: int, with_store: WithStore
) -> None:
    async def story(store: Store) -> None:
        run = await one_run(store)
        done = settled(run, receipt(NOON))
        other = settled(msgspec.structs.replace(run, attempt=attempt), receipt(NOON))
        accepted = int((owner, attempt) == ("me", 1))
        assert await store.write(lambda tx: tx.settle_runs([other, done], owner)) == [
            accepted,
            int(owner == "me" and not accepted),
        ]

    with_store(story)


@pytest.mark.parametrize("reason", ["paused", "replaced"])
def test_a_run_that_was_called_back_too_late_did_run_and_says_so(reason: str, with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        run = await one_run(store)
        await force(store, run.id, "skipped", reason)
        done = settled(run, receipt(NOON))
        assert await store.write(lambda tx: tx.settle_runs([done, done], "me")) == [1, 0]
        row = await row_of(store, run.id)
        assert (row.state, row.reason, row.attempt) == ("succeeded", None, 1)

    with_store(story)


def test_a_run_is_born_once_whoever_tries(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        run = await one_run(store)
        before = await row_of(store, run.id)
        fields = ("id", "agent", "action", "type", "trigger", "slot", "effective")
        same = {field: getattr(before, field) for field in fields}
        thief = NewRun(**same, action_id="x", state="waiting", due_at=5, owner="thief")
        assert await store.write(lambda tx: tx.insert_runs([thief])) == [0]
        assert await row_of(store, run.id) == before

    with_store(story)


def test_a_waiting_run_is_taken_by_one_claimer_only(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        run = await one_run(store)
        await force(store, run.id, "waiting")
        assert await store.write(lambda tx: tx.claim_runs([run.id, run.id], "you")) == [1, 0]
        assert (await row_of(store, run.id)).owner == "you"

    with_store(story)


def test_a_run_is_given_back_by_its_holder_only(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        run = await one_run(store)
        assert await store.write(lambda tx: tx.release_runs([(run.id, NOON + 5)], "other")) == [0]
        assert await store.write(lambda tx: tx.release_runs([(run.id, NOON + 5)], "me")) == [1]
        row = await row_of(store, run.id)
        assert (row.state, row.due_at, row.attempt) == ("waiting", NOON + 5, 0)

    with_store(story)


@pytest.mark.parametrize("state", STATES)
def test_only_what_did_not_succeed_is_retried_by_hand(state: str, with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        run = await one_run(store)
        await force(store, run.id, state)
        if state in {"failed", "cancelled", "unknown"}:
            await store.write(lambda tx: retry(tx, run.id, NOON + SECOND))
            row = await row_of(store, run.id)
            assert (row.state, row.due_at, row.finished_at) == ("waiting", NOON + SECOND, None)
        else:
            with pytest.raises(Conflict, match=state):
                await store.write(lambda tx: retry(tx, run.id, NOON))
        with pytest.raises(NotFound):
            await store.write(lambda tx: retry(tx, "none", NOON))

    with_store(story)


@pytest.mark.parametrize("state", STATES)
def test_only_an_open_run_is_cancelled(state: str, with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        run = await one_run(store)
        await force(store, run.id, state)
        if state in {"waiting", "running"}:
            await store.write(lambda tx: cancel(tx, run.id, NOON))
            assert (await row_of(store, run.id)).state == "cancelled"
            assert store.take_cut() == [run.id]
        else:
            with pytest.raises(Conflict, match=state):
                await store.write(lambda tx: cancel(tx, run.id, NOON))
            assert store.take_cut() == []

    with_store(story)


def test_a_cancelled_run_accepts_no_success_that_comes_later(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        run = await one_run(store)
        await store.write(lambda tx: cancel(tx, run.id, NOON))
        done = settled(run, receipt(NOON + 1))
        assert await store.write(lambda tx: record(tx, [done], owner="me", now=NOON + 1)) == [0]
        cut = settled(run, failure(NOON + 1, is_cancelled=True))
        assert await store.write(lambda tx: record(tx, [cut, cut], owner="me", now=NOON + 1)) == [1, 0]
        row = await row_of(store, run.id)
        assert (row.state, row.reason, row.attempt) == ("cancelled", "cancelled by hand", 1)

    with_store(story)


def test_a_skipped_range_whose_first_slot_has_a_row_still_covers_the_others(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron(), now=NOON)
        await store.write(lambda tx: claim(tx, now=NOON + SECOND, owner="me", limit=1))

        def skip(tx: Tx) -> None:
            agent = tx.agent_by_name("a")
            assert agent is not None
            (action,) = tx.actions_of_agent(agent.id)
            record_skip(
                tx, Skip(NOON + SECOND, NOON + 5 * SECOND, 5, "missed"), action=action, agent="a", now=NOON
            )

        await store.write(skip)
        first, rest = await store.read(ledger)
        assert first.state == "running"
        assert (rest.slot, rest.slot_to, rest.slots) == (NOON + 2 * SECOND, NOON + 5 * SECOND, 4)
        assert (await store.read(Tx.counts))["runs"] == 2

    with_store(story)


async def ten_backfilled(store: Store, overlap: Any) -> list[RunRow]:
    await save(store, "a", cron("0 12 * * *"), now=NOON + SECOND)

    def unit(tx: Tx) -> list[str]:
        agent = tx.agent_by_name("a")
        assert agent is not None
        (action,) = tx.actions_of_agent(agent.id)
        slots = [NOON - number * 86_400 * SECOND for number in range(10)][::-1]
        return backfill(tx, action, slots, agent="a", overlap=overlap, now=NOON + SECOND)

    ids = await store.write(unit)
    assert await store.write(unit) == [] or overlap == "skip"
    return [row for row in await store.read(ledger) if row.id in ids]


@pytest.mark.parametrize(
    ("overlap", "born", "free"), [("buffer_all", 10, 1), ("allow_all", 10, 10), ("buffer_one", 1, 1)]
)
def test_a_backfill_adds_runs_of_its_own_trigger_once(
    overlap: str, born: int, free: int, with_store: WithStore
) -> None:
    async def story(store: Store) -> None:
        rows = await ten_backfilled(store, overlap)
        assert len(rows) == born
        assert {row.trigger for row in rows} == {"backfill"}
        assert sum(row.due_at is not None for row in rows) == free
        assert (await store.read(Tx.counts))["runs"] == born

    with_store(story)


def test_backfilled_runs_go_one_after_another(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        rows = await ten_backfilled(store, "buffer_all")
        seen = []
        for _ in rows:
            (run,) = (await store.write(lambda tx: claim(tx, now=NOON + SECOND, owner="me", limit=9))).runs
            seen.append(run.slot)
            done = settled(run, receipt(NOON + SECOND))
            await store.write(partial(record, settled=[done], owner="me", now=NOON + SECOND))
        assert seen == [row.slot for row in rows]

    with_store(story)


def page_before(tx: Tx, run_id: str) -> list[RunRow]:
    return tx.runs_page(before=run_id, since="", state=None, trigger=None, limit=4)


def test_pages_of_the_ledger_join_without_a_gap_and_know_their_filters(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron(overlap="allow_all"), cron(overlap="allow_all"), now=NOON)
        await save(store, "b", cron(overlap="allow_all"), now=NOON)
        for second in range(1, 8):
            await store.write(partial(claim, now=NOON + second * SECOND, owner="me", limit=9))
        everything = await store.read(ledger)
        assert len(everything) == 21
        paged: list[RunRow] = []
        while page := await store.read(partial(page_before, run_id=paged[-1].id if paged else LAST_ID)):
            paged += page
        assert paged == everything[::-1]
        filters: Json = {"since": everything[9].id, "action": 1, "state": "running", "trigger": "cron"}
        own = await store.read(lambda tx: tx.runs_of_agent("a", before=LAST_ID, limit=99, **filters))
        assert own == [row for row in everything[9:] if (row.agent, row.action) == ("a", 1)][::-1]
        none = await store.read(
            lambda tx: tx.runs_page(before=LAST_ID, since="", state="failed", trigger=None, limit=9)
        )
        assert none == []

    with_store(story)


def test_open_runs_are_counted_by_state(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        run = await one_run(store)
        assert await store.read(Tx.open_run_counts) == {"running": 1}
        await store.write(lambda tx: tx.release_runs([(run.id, NOON)], "me"))
        assert await store.read(Tx.open_run_counts) == {"waiting": 1}

    with_store(story)
