"""Triggers that fire on inputs, as they are seen from outside."""

import asyncio
import json
from typing import Any

from conftest import HandClock
from living import Receiver
from making import cron, webhook
from pypes.clock import SECOND

from .client import Client
from .conftest import Tell

ON_INPUT = {"type": "on_input", "when": "input.n > 1", "action": webhook()}


async def post(client: Client, *values: Any, **fields: Any) -> None:
    agent = {"name": "a", "actions": [ON_INPUT | fields, cron("0 12 1 1 *")]}
    await client.post("/agents", agent)
    for value in values:
        assert (await client.post("/agents/a/inputs", value)).status == 200


def test_each_input_that_matches_arrives_once(with_engine: Tell) -> None:
    async def story(client: Client) -> None:
        with Receiver().listening() as receiver:
            step = webhook(url=receiver.url, payload=["{{ input.n }}", "{{ run.trigger }}"])
            await post(client, {"n": 1}, {"n": 2}, {"m": 3}, {"n": 4}, action=step)
            arrivals = await asyncio.to_thread(receiver.wait_for, 2)
            assert sorted(json.loads(each.body) for each in arrivals) == [[2, "input"], [4, "input"]]
            rows = (await client.get("/runs?trigger=input")).json()["items"]
            assert {row["id"] for row in rows} == {each.run for each in arrivals}
            shown = (await client.get(f"/runs/{rows[0]['id']}")).json()
            assert shown["inputs"] == [{"n": 4}]
            assert "inputs" not in rows[0]

    with_engine(story)


def test_a_run_by_hand_is_about_the_newest_input(with_engine: Tell) -> None:
    async def story(client: Client) -> None:
        with Receiver().listening() as receiver:
            await post(client, {"n": 0}, {"n": 1}, action=webhook(url=receiver.url, payload="{{ batch }}"))
            told, _ = (await client.post("/agents/a/run")).json()
            assert told == {
                "action": 0,
                "type": "on_input",
                "ok": True,
                "expression": "on_input",
                "next": None,
            }
            (fired,) = (await client.post("/agents/a/run?fire=true&action=0")).json()
            assert (fired["ok"], receiver.wait_for(1)[0].body) == (True, b'[{"n":1}]')

    with_engine(story)


def test_it_is_listed_among_schedules_with_its_policy_and_never_among_what_is_upcoming(
    with_app: Tell,
) -> None:
    async def story(client: Client) -> None:
        await post(client, {"n": 2}, throttle={"limit": 1, "period": "1m"})
        first, _ = (await client.get("/schedules?agent=a")).json()["items"]
        assert (first["type"], first["expression"], first["next"]) == ("on_input", "on_input", None)
        assert first["text"] == "With each input for which input.n > 1"
        assert first["last_run"]["trigger"] == "input"
        assert first["policy"] == {
            "when": "input.n > 1",
            "debounce": None,
            "batch": None,
            "throttle": {"limit": 1, "period": "1m"},
            "ordered": False,
            "pause_after": None,
        }
        upcoming = (await client.get("/schedules/upcoming?to=2030-01-01T00:00:00Z&limit=1")).json()["items"]
        assert {fire["type"] for fire in upcoming} == {"cron"}

    with_app(story)


def test_it_is_paused_and_resumed_like_any_trigger(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await post(client)
        assert (await client.post("/agents/a/pause", {"action": 0})).json() == {"paused": 1}
        await client.post("/agents/a/inputs", {"n": 5})
        (outcome, _) = (await client.post("/agents/a/run")).json()
        assert outcome["state"] == "paused"
        assert (await client.post("/agents/a/resume", {"action": 0})).json() == {"resumed": 1}
        await client.post("/agents/a/inputs", {"n": 6})
        rows = (await client.get("/runs")).json()["items"]
        assert [(row["state"], row["reason"]) for row in rows] == [("waiting", None), ("skipped", "paused")]
        (first, _) = (await client.get("/schedules?agent=a")).json()["items"]
        assert first["state"] == "active"

    with_app(story)


def test_why_tells_what_became_of_an_input(with_app: Tell, clock: HandClock) -> None:
    async def story(client: Client) -> None:
        await post(client)
        clock.advance(123_456)
        await client.post("/agents/a/inputs", {"n": 5})
        (row,) = (await client.get("/runs")).json()["items"]
        (why,) = (await client.get(f"/agents/a/why?action=0&at={row['slot']}")).json()["items"]
        assert (why["run"]["id"], why["sentence"]) == (row["id"], "waiting")
        clock.advance(SECOND)
        (why,) = (await client.get("/agents/a/why?action=0&at=2026-05-03T12:00:00Z")).json()["items"]
        assert (why["slot"], why["run"]) == (False, None)
        assert why["sentence"] == "not a slot: it fires with inputs, not with the clock"

    with_app(story)


def test_backfill_is_about_slots(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await post(client)
        span = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z", "dry_run": True}
        assert (await client.post("/agents/a/backfill", span)).status == 200
        assert (await client.post("/agents/a/backfill", span | {"action": 0})).status == 422

    with_app(story)
