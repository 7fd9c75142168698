"""One statement for many rows says of each what a statement of its own would have said."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from conftest import NOON
from pypes.store.rows import Advance, NewRun, Settlement
from pypes.store.store import Store
from pypes.store.together import together, written

WithStore = Callable[[Callable[[Store], Awaitable[Any]]], Any]


class Pair(NamedTuple):
    id: str
    moment: int | None


LIST = "FROM json_to_recordset($1::json) AS given (_number bigint, _id text, _moment bigint)"


def test_an_insert_takes_its_values_from_the_list() -> None:
    rewritten = together("INSERT INTO t (id, moment) VALUES (:id, :moment) ON CONFLICT (id) DO NOTHING", Pair)
    before, after = rewritten.text.split(LIST)
    assert before == "INSERT INTO t (id, moment) SELECT given._id, given._moment "
    assert after == " ON CONFLICT (id) DO NOTHING RETURNING id"
    assert rewritten.answers == "id"


def test_an_update_joins_the_list() -> None:
    rewritten = together("UPDATE t SET moment = :moment WHERE id = :id", Pair)
    before, after = rewritten.text.split(LIST)
    assert before == "UPDATE t SET moment = given._moment "
    assert after == " WHERE id = given._id RETURNING given._number"
    assert rewritten.answers == "number"


def test_text_with_nul_is_cleaned_and_text_about_nul_is_not() -> None:
    assert written(["id"], [["a\0b"], ["a\\u0000b"], [None]]) == (
        '[{"_id":"a\ufffdb","_number":0},{"_id":"a\\\\u0000b","_number":1},{"_id":null,"_number":2}]'
    )


def born(run_id: str, *, owner: str = "me") -> NewRun:
    return NewRun(run_id, "a\0", "action", 0, "webhook", "cron", NOON, NOON, "running", NOON, owner)


def ended(run_id: str, *, owner: str = "me", attempt: int = 1) -> Settlement:
    return Settlement("succeeded", None, NOON, attempt, '[{"body":"\\u0000"}]', NOON, NOON, run_id, owner)


def test_each_row_is_told_whether_it_was_inserted(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        told = await store.write(lambda tx: tx.insert_runs([born("b"), born("a"), born("b")]))
        assert told == [1, 1, 0]
        assert await store.write(lambda tx: tx.insert_runs([born("a"), born("c")])) == [0, 1]
        assert await store.write(lambda tx: tx.insert_runs([])) == []

    with_store(story)


def test_each_row_is_told_whether_its_fence_held(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        await store.write(lambda tx: tx.insert_runs([born("a"), born("b"), born("c", owner="other")]))
        outcomes = [ended("c"), ended("b"), ended("gone"), ended("a", attempt=2)]
        told = await store.write(
            lambda tx: tx.change_each_by_id("settle_run", Settlement, outcomes),
        )
        assert told == [0, 1, 0, 0]
        states = await store.read(lambda tx: [tx.run_by_id(run_id) for run_id in "abc"])
        assert [row.state for row in states if row] == ["running", "succeeded", "running"]
        assert [row.attempts for row in states if row][1] == '[{"body":"\\u0000"}]'

    with_store(story)


def test_a_schedule_that_somebody_moved_is_not_moved_again(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        moves = [
            Advance("a", old_slot, NOON + 1, NOON + 1, NOON, "active", None, None, None)
            for old_slot in (NOON - 1, NOON)
        ]
        given: dict[str, Any] = {"slot": NOON, "next_at": NOON, "state": "active", "overlaps": False}
        await store.write(lambda tx: tx.insert_schedule("a", "x", remaining=None, **given))
        assert await store.write(lambda tx: tx.advance_schedules(moves)) == [0, 1]

    with_store(story)
