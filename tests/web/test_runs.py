"""The ledger over HTTP."""

from typing import Any

import pytest

from conftest import NOON, HandClock
from making import claimed, cron, failure, receipt, settled, webhook
from pypes.clock import SECOND
from pypes.engine.claiming import claim
from pypes.model.run import Claimed
from pypes.model.schedule import Skip
from pypes.receipt import Timing
from pypes.store.ledger import record_skip

from .client import Client
from .conftest import Tell


async def fire(client: Client, moment: int) -> list[Claimed]:
    """Claim what is due at a moment, as an engine would."""
    claim_now = lambda tx: claim(tx, now=moment, owner="here", limit=100)  # noqa: E731 - a unit of work
    return (await client.services.store.write(claim_now)).runs


async def end(client: Client, run: Claimed, said: Any) -> None:
    await client.services.store.write(lambda tx: tx.settle_runs([settled(run, said)], "here"))


async def items(client: Client, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(f"/runs{query}")).json()["items"]
    return found


def test_a_run_tells_its_whole_life(with_app: Tell, clock: HandClock) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a", "actions": ["label", cron()]})
        clock.advance(SECOND)
        (run,) = await fire(client, NOON + SECOND)
        said = receipt(NOON + SECOND + 2_134, timing=Timing(first_byte=1_500, total=2_000), body="ok")
        await end(client, run, said)
        expected = {
            "id": run.id,
            "agent": "a",
            "action": 1,
            "type": "webhook",
            "trigger": "cron",
            "slot": "2026-05-03T12:00:01Z",
            "effective": "2026-05-03T12:00:01Z",
            "state": "succeeded",
            "reason": None,
            "attempt": 1,
            "started": "2026-05-03T12:00:01.002Z",
            "finished": "2026-05-03T12:00:01.002Z",
            "lateness_ms": 2.134,
            "node": "here",
            "attempts": [
                {
                    "started": "2026-05-03T12:00:01.002Z",
                    "finished": "2026-05-03T12:00:01.002Z",
                    "status": 200,
                    "bytes": 2,
                    "body": "ok",
                    "error": None,
                    "timing": {"first_byte": 1.5, "total": 2.0},
                }
            ],
        }
        assert (await client.get(f"/runs/{run.id}")).json() == expected
        assert (await client.get("/runs")).json() == {"items": [expected], "next": None}

    with_app(story)


def test_a_run_claimed_ahead_of_its_slot_reads_waiting_until_then(with_app: Tell, clock: HandClock) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a", "actions": [cron()]})
        (run,) = await fire(client, NOON + SECOND // 2)
        assert [(run["state"], run["attempt"]) for run in await items(client)] == [("waiting", 0)]
        clock.advance(SECOND)
        assert [(run["state"], run["attempt"]) for run in await items(client)] == [("running", 1)]
        await end(client, run, failure(clock.now(), retryable=False))
        (failed,) = await items(client)
        assert (failed["state"], failed["reason"]) == ("failed", "connection refused")
        assert (failed["attempts"][0]["error"], failed["attempts"][0]["status"]) == (
            "connection refused",
            None,
        )

    with_app(story)


def test_adjacent_skipped_slots_share_a_row_that_says_how_many(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a", "actions": [cron()]})
        skip = Skip(NOON + SECOND, NOON + 5 * SECOND, 5, "missed")

        def write(tx: Any) -> None:
            (action,) = tx.actions_of_agent(tx.agent_by_name("a").id)
            record_skip(tx, skip, action=action, agent="a", now=NOON + 9 * SECOND)

        await client.services.store.write(write)
        (row,) = await items(client)
        assert (row["state"], row["reason"], row["started"]) == ("skipped", "missed", None)
        assert (row["from"], row["to"], row["count"]) == ("2026-05-03T12:00:01Z", "2026-05-03T12:00:05Z", 5)

    with_app(story)


async def a_ledger(client: Client) -> None:
    """Six seconds of two agents; of `b`, the even ones failed."""
    await client.post("/agents", [{"name": "a", "actions": [cron()]}, {"name": "b", "actions": ["", cron()]}])
    for second in range(1, 7):
        moment = NOON + second * SECOND
        for run in await fire(client, moment):
            fails = run.agent == "b" and second % 2 == 0
            await end(client, run, failure(moment, retryable=False) if fails else receipt(moment))


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 12),
        ("?agent=a", 6),
        ("?agent=b&action=1", 6),
        ("?agent=b&action=0", 0),
        ("?agent=nobody", 0),
        ("?state=failed", 3),
        ("?agent=b&state=succeeded", 3),
        ("?trigger=cron", 12),
        ("?trigger=manual", 0),
        ("?since=2026-05-03T12:00:04Z", 6),
        ("?until=2026-05-03T12:00:04Z", 6),
        ("?agent=a&since=2026-05-03T14:00:02%2B02:00&until=2026-05-03T14:00:04+02:00", 2),
    ],
)
def test_runs_are_found_by_what_is_known_of_them(with_app: Tell, query: str, count: int) -> None:
    async def story(client: Client) -> None:
        await a_ledger(client)
        assert len(await items(client, query)) == count

    with_app(story)


def test_runs_are_paged_newest_first_and_none_twice(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await a_ledger(client)
        seen: list[str] = []
        page = (await client.get("/runs?limit=5")).json()
        while page["items"]:
            seen += [run["id"] for run in page["items"]]
            page = (await client.get(f"/runs?limit=5&cursor={seen[-1]}")).json()
        assert page["next"] is None
        assert seen == sorted(seen, reverse=True)
        assert len(set(seen)) == len(seen) == 12

    with_app(story)


@pytest.mark.parametrize(
    "query",
    ["limit=x", "limit=0", "limit=1001", "state=done", "trigger=me", "since=noon", "action=1", "cursor=z"],
)
def test_a_filter_that_makes_no_sense_is_refused(with_app: Tell, query: str) -> None:
    async def story(client: Client) -> None:
        refused = await client.get(f"/runs?{query}")
        assert refused.status == 422
        assert query.partition("=")[0] in refused.detail

    with_app(story)


def test_an_unknown_parameter_is_refused_with_the_nearest_known_one(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        assert (await client.get("/runs?stat=failed")).detail == (
            "unknown parameter `stat`: did you mean `state`?"
        )

    with_app(story)


def test_a_failed_run_is_tried_again_under_its_id(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await a_ledger(client)
        (failed, *_) = await items(client, "?state=failed")
        again = (await client.post(f"/runs/{failed['id']}/retry")).json()
        assert (again["id"], again["state"], len(again["attempts"])) == (failed["id"], "waiting", 1)
        conflict = await client.post(f"/runs/{failed['id']}/retry", {})
        assert conflict.status == 409

    with_app(story)


def test_a_run_is_repeated_with_another_payload_as_a_new_one(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await a_ledger(client)
        (done, *_) = await items(client, "?state=succeeded&agent=b")
        new = (await client.post(f"/runs/{done['id']}/retry", {"payload": {"n": 1}})).json()
        assert (new["trigger"], new["state"], new["agent"], new["action"]) == ("manual", "waiting", "b", 1)
        assert (await client.get(f"/runs/{done['id']}")).json() == done
        (run,) = await fire(client, NOON)
        assert (run.id, run.payload) == (new["id"], '{"n":1}')

    with_app(story)


def test_a_waiting_run_is_called_off_and_a_finished_one_cannot_be(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await a_ledger(client)
        (failed, *_) = await items(client, "?state=failed")
        await client.post(f"/runs/{failed['id']}/retry")
        off = (await client.post(f"/runs/{failed['id']}/cancel")).json()
        assert (off["state"], off["reason"]) == ("cancelled", "cancelled by hand")
        assert (await client.post(f"/runs/{failed['id']}/cancel")).status == 409

    with_app(story)


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", "/retry"), ("POST", "/cancel")])
def test_an_unknown_run_is_not_found(with_app: Tell, method: str, path: str) -> None:
    async def story(client: Client) -> None:
        assert (await client.send(method, f"/runs/{claimed().id}{path}")).status == 404
        with_payload = await client.post("/runs/0/retry", {"payload": 1})
        assert with_payload.status == 404

    with_app(story)


def test_past_slots_are_filled_once(with_app: Tell, clock: HandClock) -> None:
    asked = {"from": "2026-05-03T12:00:01Z", "to": "2026-05-03T12:00:03Z"}
    slots = [f"2026-05-03T12:00:0{second}Z" for second in (1, 2, 3)]

    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a", "actions": ["", cron()]})
        clock.advance(10 * SECOND)
        dry = (await client.post("/agents/a/backfill", {**asked, "dry_run": True})).json()
        assert dry == {"records_created": 0, "slots": slots, "runs": []}
        filled = (await client.post("/agents/a/backfill", asked)).json()
        assert (filled["records_created"], filled["slots"]) == (3, slots)
        assert sorted(run["id"] for run in await items(client, "?trigger=backfill")) == filled["runs"]
        assert (await client.post("/agents/a/backfill", asked)).json()["records_created"] == 0

    with_app(story)


@pytest.mark.parametrize(
    ("asked", "status", "path"),
    [
        ({"to": "2026-05-03T12:00:00Z"}, 422, "$"),
        ({"from": "noon", "to": "2026-05-03T12:00:00Z"}, 422, "$.from"),
        ({"from": "2026-05-03T11:00:00Z", "to": "later"}, 422, "$.to"),
        ({"from": "2026-05-03T11:00:00Z", "to": "2026-05-03T10:00:00Z"}, 422, "$.to"),
        ({"from": "2026-05-03T11:00:00Z", "to": "2026-05-03T12:00:01Z"}, 422, "$.to"),
        ({"from": "2026-05-03T11:59:00Z", "to": "2026-05-03T12:00:00Z"}, 422, "$.action"),
        ({"from": "2026-05-03T11:59:00Z", "to": "2026-05-03T12:00:00Z", "action": 2}, 422, "$.action"),
        ({"from": "2026-05-03T11:59:00Z", "to": "2026-05-03T12:00:00Z", "action": 7}, 404, None),
        ({"from": "2026-05-03T00:00:00Z", "to": "2026-05-03T12:00:00Z", "action": 0}, 422, "$.to"),
    ],
)
def test_a_backfill_that_makes_no_sense_is_refused(
    with_app: Tell, asked: dict[str, Any], status: int, path: str | None
) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a", "actions": [cron(), cron("0 0 * * * *"), webhook()]})
        refused = await client.post("/agents/a/backfill", asked)
        assert (refused.status, refused.json().get("path")) == (status, path)
        assert await items(client) == []

    with_app(story)
