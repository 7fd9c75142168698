"""Budgets in the store: checked before anything is spent, settled when it is known, one for all daemons."""

import asyncio
from functools import partial
from typing import Any

import msgspec
import pytest

from making import agent, every
from model_server import Said
from pypes.model.budget import Amount, Budget, Refused, Wish, day_of
from pypes.store.budgeting import ALL, reserve, settle
from pypes.store.requesting import request_run
from pypes.store.rows import HeldRow, SpendingRow
from pypes.store.saving import save_agent
from pypes.store.scheduling import resume_schedule
from pypes.store.tx import Tx

from .conftest import Tell, WithStore
from .scene import Scene

DEAR: dict[str, Any] = {"price": {"input": 10, "output": 20}}
"""A hundred tokens in and twenty out cost 0.0014 USD."""


async def spending(on: Scene, scope: str | None = None) -> SpendingRow:
    if scope is None:
        scope = (await on.action()).agent_id
    day = day_of(on.clock.now())
    return await on.store.write(lambda tx: tx.spending_of_day(scope, day))


def test_a_budget_of_a_day_lets_questions_be_asked_until_it_is_used_up(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        await on.save(on.llm(**DEAR), options={"budget": {"usd_per_day": 0.01}})
        states = [(await on.run()).row.state for _ in range(9)]
        assert states == ["succeeded"] * 7 + ["skipped"] * 2
        assert len(on.model.asked) == 7
        last = (await on.ledger())[-1]
        assert last.reason == "budget: 0.01 USD a day for this agent, 0.0098 used"
        assert await spending(on) == SpendingRow(7 * 120, 9_800_000, 0, 0)
        assert await spending(on, ALL) == await spending(on)

    tell(story)


def test_a_daemons_budget_counts_for_all_agents_together(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        await on.save(on.llm(), on.llm("another"))
        assert (await on.run(0)).row.state == "succeeded"
        ended = await on.run(1)
        assert ended.row.state == "skipped"
        assert ended.row.reason == "budget: 130 tokens a day for all agents, 120 used"

    tell(story, budget_tokens_per_day=130)


def test_what_an_agents_runs_have_created_spends_its_budget(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        await on.save(on.llm(), options={"budget": {"tokens_per_day": 130}})
        creator, now = (await on.action()).agent_id, on.clock.now()
        created = agent("b", on.llm("another"), now=now)
        await on.store.write(lambda tx: save_agent(tx, created, now=now, created_by=creator))

        def ask_for_run(tx: Tx) -> str:
            row = tx.agent_by_name("b")
            assert row is not None
            (action,) = tx.actions_of_agent(row.id)
            return request_run(tx, action=action, agent="b", salt="b", now=now)

        assert (await on.until_over(await on.store.write(ask_for_run))).row.state == "succeeded"
        assert await spending(on) == SpendingRow(120, 140_000, 0, 0)
        assert (await on.run()).row.reason == "budget: 130 tokens a day for this agent, 120 used"

    tell(story)


def test_a_budget_of_a_run_counts_all_its_questions(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        questions = {"type": "sequence", "steps": [on.llm(), on.llm(), on.hook()]}
        await on.save(questions, options={"budget": {"tokens_per_run": 160}})
        ended = await on.run()
        assert ended.row.state == "skipped"
        assert ended.row.reason == "budget: 160 tokens a run for this agent, 120 used"
        assert [attempt.get("note") for attempt in ended.attempts] == [
            None,
            "not reached: no budget",
            "not reached: no budget",
        ]
        assert len(on.model.asked) == 1
        assert on.receiver.arrivals == []
        assert await spending(on) == SpendingRow(120, 140_000, 0, 0)

    tell(story)


def test_at_its_limit_a_trigger_pauses_itself_if_it_is_told_to(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        budget = {"tokens_per_day": 100, "on_limit": "pause"}
        on.model.script = [Said("dear", tokens=(90, 20))]
        await on.save(every("100ms", action=on.llm()), options={"budget": budget})
        action = await on.action()
        while (schedule := await on.store.read(lambda tx: tx.schedule_by_id(action.id))) is None or (
            schedule.state != "paused"
        ):
            await on.store.bell.wait(0.2)
        assert schedule.note == "paused itself: budget: 100 tokens a day for this agent, 110 used"
        assert len(on.model.asked) == 1
        now = on.clock.now()
        assert await on.store.write(lambda tx: resume_schedule(tx, action, agent="a", now=now)) == 1

    tell(story)


def test_where_the_price_is_not_known_a_limit_in_usd_refuses_and_one_in_tokens_does_not(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        await on.save(on.llm(price=None), options={"budget": {"usd_per_day": 1}})
        ended = await on.run()
        assert ended.row.state == "failed"
        assert "the price of this model is not known" in (ended.row.reason or "")
        assert on.model.asked == []
        await on.save(on.llm(price=None), options={"budget": {"tokens_per_day": 1000}})
        ended = await on.run()
        assert ended.row.state == "succeeded"
        assert "usd" not in ended.attempts[0]["spent"]

    tell(story)


def test_the_limits_of_an_action_hold_without_any_budget(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        await on.save(on.llm("word " * 1000, limits={"tokens": 500}), on.llm(price=None, limits={"usd": 1}))
        too_long, unpriced = await on.run(0), await on.run(1)
        assert "the prompt has about 1716 tokens" in (too_long.row.reason or "")
        assert "`limits.usd` cannot be kept" in (unpriced.row.reason or "")
        assert on.model.asked == []

    tell(story)


def test_an_answer_is_no_longer_than_what_is_left(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        await on.save(on.llm(**DEAR, limits={"usd": 0.002}))
        await on.run()
        assert on.model.asked[0].body["max_completion_tokens"] == 100

    tell(story)


def test_what_cannot_be_known_counts_as_spent(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        on.model.script = [Said(status=500)]
        await on.save(on.llm(limits={"tokens": 4000}))
        assert (await on.run()).row.state == "unknown"
        assert (await spending(on)).tokens == 4000
        assert (await spending(on)).held_tokens == 0

    tell(story)


def test_while_a_question_is_asked_what_it_may_use_is_held(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        on.model.gate.clear()
        await on.save(on.llm(limits={"tokens": 4000}), options={"budget": {"tokens_per_day": 4050}})
        first = await on.request()
        await asyncio.to_thread(on.model.wait_for, 1)
        assert (await spending(on)).held_tokens == 4000
        second = await on.run()
        assert second.row.reason == (
            "budget: 4050 tokens a day for this agent, 0 used, 4000 held by questions under way"
        )
        on.model.gate.set()
        assert (await on.until_over(first)).row.state == "succeeded"
        assert await spending(on) == SpendingRow(120, 140_000, 0, 0)

    tell(story)


@pytest.mark.parametrize("used", [None, Amount(10, 20)])
def test_what_is_held_for_one_is_not_there_for_another_whoever_asks(
    with_store: WithStore, used: Amount | None
) -> None:
    async def story(store: Any) -> None:
        wish = Wish(most=Amount(60, 600), least=Amount(10, 100), is_priced=True)
        own = Budget(tokens_per_day=100)
        hold = partial(reserve, wish=wish, agent_id="a", of_all=own, in_run=Amount(), day=7)
        assert await store.write(hold) == Amount(60, 600)
        assert await store.write(hold) == Amount(40, 600)
        assert isinstance(await store.write(hold), Refused)
        await store.write(lambda tx: settle(tx, HeldRow(7, 40, 600), agent_id="a", used=used))
        row = await store.write(lambda tx: spent_on(tx, 7))
        assert row == SpendingRow(*((40, 600) if used is None else (10, 20)), 60, 600)

    with_store(story)


def spent_on(tx: Tx, day: int) -> SpendingRow:
    return SpendingRow(*tx.rows("spending_of_day", {"scope": ALL, "day": day})[0])


def test_what_was_used_is_forgotten_after_long(with_store: WithStore) -> None:
    async def story(store: Any) -> None:
        await store.write(lambda tx: [tx.spending_of_day(ALL, day) for day in (1, 100, 101)])
        assert await store.write(lambda tx: tx.prune_spending(101)) == 2
        left = await store.read(lambda tx: tx.spending_since(0, scope=None, limit=9))
        assert [row.day for row in left] == [101]

    with_store(story)


def test_steps_are_forgotten_with_their_run_and_not_before(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        on.receiver.status = 500
        await on.save({"type": "sequence", "steps": [on.llm(), on.hook()]})
        failed = await on.run()
        later = on.clock.now() + 1_000_000
        assert await on.store.write(lambda tx: tx.prune_steps(later)) == 0
        await on.store.write(lambda tx: tx.prune_runs(before=later, finished_before=later, limit=9))
        assert await on.store.write(lambda tx: tx.prune_steps(later)) == 1
        assert await on.store.read(lambda tx: tx.steps_of_run(failed.row.id)) == []

    tell(story)


def test_a_budget_is_an_option_like_others(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        await on.save(on.llm(), options={"budget": {"usd_per_day": 1.5}})
        action = await on.action()
        options = await on.store.read(lambda tx: tx.agent_options(action.agent_id))
        assert msgspec.json.decode(options or "") == {"budget": {"usd_per_day": 1.5}}

    tell(story)
