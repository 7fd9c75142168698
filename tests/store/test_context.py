"""What conditions and templates may speak about."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from conftest import NOON
from making import MINUTE, every, ledger, receipt, save, settled, webhook
from pypes.engine.claiming import claim
from pypes.engine.recording import record
from pypes.errors import InvalidInput
from pypes.model.run import Claimed
from pypes.model.schedule import LOOK_AHEAD
from pypes.store.arriving import add_inputs
from pypes.store.context import About, context_for
from pypes.store.rows import AgentRow
from pypes.store.store import Store
from pypes.store.tx import Tx

WithStore = Callable[[Callable[[Store], Awaitable[Any]]], Any]
ALL = frozenset(["input", "inputs", "batch", "since_last", "last"])


async def agent(store: Store) -> AgentRow:
    row = await store.read(lambda tx: tx.agent_by_name("a"))
    assert row is not None
    return row


async def post(store: Store, *values: str, now: int) -> None:
    row = await agent(store)
    await store.write(lambda tx: add_inputs(tx, row, list(values), now=now))


async def known(store: Store, run: str, names: frozenset[str] = ALL) -> dict[str, Any]:
    row = await agent(store)
    (action, *_) = await store.read(lambda tx: tx.actions_of_agent(row.id))
    about = About(run, "a", action.id, NOON, "cron", 1)
    return (await store.read(lambda tx: context_for(tx, about, names=names, now=NOON))).context


def test_what_nobody_asks_for_is_not_read(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", webhook(), inputs=[1])
        assert await known(store, "x", frozenset()) == {
            "agent": "a",
            "now": "2026-05-03T12:00:00Z",
            "run": {"id": "x", "slot": "2026-05-03T12:00:00Z", "trigger": "cron", "attempt": 1},
        }

    with_store(story)


def test_an_agent_without_inputs_has_no_input(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", webhook())
        context = await known(store, "x")
        assert "input" not in context
        assert (context["inputs"], context["batch"], context["since_last"], context["last"]) == (
            [],
            [],
            [],
            None,
        )

    with_store(story)


def test_of_many_or_large_inputs_the_newest_are_known_oldest_first(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", webhook())
        await post(store, *map(str, range(150)), now=NOON)
        assert (await known(store, "x"))["inputs"] == [*range(50, 150)]
        await post(store, '"' + "x" * 200_000 + '"', '"' + "y" * 62_139 + '"', now=NOON + 1)
        assert [value[:1] for value in (await known(store, "x"))["inputs"]] == ["x", "y"]
        await post(store, '"' + "z" * 300_000 + '"', now=NOON + 2)
        assert (await known(store, "x"))["inputs"] == []

    with_store(story)


def test_a_run_that_inputs_gave_birth_to_knows_its_own(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", {"type": "on_input", "action": webhook()}, inputs=[0])
        await post(store, "1", "2", now=NOON + 1)
        first, second = await store.read(ledger)
        context = await known(store, first.id)
        assert (context["input"], context["batch"], context["inputs"]) == (1, [1], [0, 1, 2])
        assert (await known(store, second.id, frozenset(["batch"])))["batch"] == [2]
        assert "inputs" not in await known(store, second.id, frozenset(["batch"]))

    with_store(story)


@pytest.mark.parametrize(
    ("value", "why"), [('"' + "x" * 2**20 + '"', "larger than"), ("1e400", "cannot be computed with")]
)
def test_an_input_that_templates_cannot_take_is_a_mistake(
    with_store: WithStore, value: str, why: str
) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", {"type": "on_input", "action": webhook()})
        await post(store, value, now=NOON)
        (run,) = await store.read(ledger)
        with pytest.raises(InvalidInput, match=why):
            await known(store, run.id)

    with_store(story)


def test_the_last_run_is_known_with_its_answer(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", every("1m"))
        await finish(store, NOON + MINUTE, body='{"n":1}')
        last = (await known(store, "x"))["last"]
        assert (last["status"], last["state"], last["json"]) == (200, "succeeded", {"n": 1})
        await finish(store, NOON + 2 * MINUTE, status=400, body="no")
        last = (await known(store, "x"))["last"]
        assert (last["status"], last["state"], last["body"], last["json"]) == (400, "failed", "no", None)

    with_store(story)


def test_an_input_between_a_condition_and_its_run_is_new_to_the_next(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", every("1m", when="since_last"), inputs=[1])
        slot = NOON + MINUTE
        (run,) = await take(store, slot - LOOK_AHEAD)
        await post(store, "2", now=slot - LOOK_AHEAD // 2)
        await end(store, run, slot)
        (again,) = await take(store, slot + MINUTE)
        await end(store, again, slot + MINUTE)
        assert await take(store, slot + 2 * MINUTE) == []
        states = [row.state for row in await store.read(ledger)]
        assert states == ["succeeded", "succeeded", "skipped"]

    with_store(story)


async def take(store: Store, now: int) -> list[Claimed]:
    return (await store.write(partial(claim, now=now, owner="me", limit=9))).runs


async def end(store: Store, run: Claimed, now: int, **answer: Any) -> None:
    done = settled(run, receipt(now, **answer))

    def unit(tx: Tx) -> list[int]:
        return record(tx, [done], owner="me", now=now)

    assert await store.write(unit) == [1]


async def finish(store: Store, now: int, **answer: Any) -> None:
    (run,) = await take(store, now)
    await end(store, run, now, **answer)
