"""The ledger over HTTP."""

from typing import Any

import pytest

from conftest import NOON, HandClock
from making import cron, failure, receipt
from pypes.clock import SECOND
from pypes.model.schedule import Skip
from pypes.receipt import Timing
from pypes.store.ledger import record_skip

from .client import Client
from .conftest import Tell
from .ledger import a_ledger, end, fire, items


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
