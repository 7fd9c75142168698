"""Runs tried again, called off, and made for past slots."""

from typing import Any

import pytest

from conftest import NOON, HandClock
from making import claimed, cron, webhook
from pypes.clock import SECOND

from .client import Client
from .conftest import Tell
from .ledger import a_ledger, fire, items


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
