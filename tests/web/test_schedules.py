"""Schedules over HTTP: where each timed trigger stands."""

from typing import Any

import pytest

from conftest import HandClock
from making import cron, every, webhook
from pypes.clock import SECOND
from pypes.engine.claiming import claim
from pypes.instants import parse_instant
from pypes.web import schedules

from .client import Client
from .conftest import Tell


async def items(client: Client, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(path)).json()["items"]
    return found


def test_a_schedule_tells_what_it_is_and_where_it_stands(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        trigger = cron("30 9 * * MON-FRI", timezone="Europe/Berlin", jitter="10s")
        await client.post("/agents", {"name": "a", "actions": ["label", trigger]})
        (schedule,) = await items(client, "/schedules")
        effective = schedule["effective_next"]
        assert 0 <= parse_instant(effective) - parse_instant(schedule["next"]) < 10 * SECOND
        policy = schedule.pop("policy")
        assert (policy["overlap"], policy["catchup"], policy["jitter"]) == ("skip", "last", "10s")
        assert schedule == {
            "id": schedule["id"],
            "agent": "a",
            "action": 1,
            "type": "cron",
            "expression": "30 9 * * MON-FRI",
            "text": "At 09:30, on Monday through Friday",
            "timezone": "Europe/Berlin",
            "next": "2026-05-04T07:30:00Z",
            "effective_next": effective,
            "last_run": None,
            "state": "active",
            "note": None,
            "until": None,
        }

    with_app(story)


@pytest.mark.parametrize(
    ("trigger", "words"),
    [
        (cron("@hourly"), ("cron", "@hourly", "Every hour", "2026-05-03T13:00:00Z")),
        (every("90m"), ("every", "every 90m", "Every 90m", "2026-05-03T13:30:00Z")),
        (
            {"type": "at", "time": "2026-05-03T15:00:00+02:00", "action": webhook()},
            ("at", "at 2026-05-03T13:00:00Z", "At 2026-05-03T13:00:00Z", "2026-05-03T13:00:00Z"),
        ),
        (cron("@reboot"), ("reboot", "reboot", "Reboot", None)),
    ],
)
def test_every_kind_of_timed_trigger_has_words(with_app: Tell, trigger: Any, words: tuple[Any, ...]) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a", "actions": [trigger]})
        (schedule,) = await items(client, "/schedules")
        assert tuple(schedule[name] for name in ("type", "expression", "text", "next")) == words

    with_app(story)


def test_a_schedule_shows_its_last_run(with_app: Tell, clock: HandClock) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a", "actions": [cron()]})
        now = clock.advance(SECOND)
        await client.services.store.write(lambda tx: claim(tx, now=now, owner="here", limit=9))
        (schedule,) = await items(client, "/schedules")
        (run,) = await items(client, "/runs")
        assert schedule["last_run"] == run
        assert schedule["next"] == "2026-05-03T12:00:02Z"

    with_app(story)


def test_schedules_are_paged_and_filtered(with_app: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedules, "PAGE", 2)

    async def story(client: Client) -> None:
        agents = [{"name": f"{number}", "actions": [cron(), every()]} for number in range(4)]
        await client.post("/agents", agents)
        await client.post("/agents/1/pause")
        await client.post("/agents/2/pause", {"action": 0})

        async def walked(query: str) -> list[tuple[str, int]]:
            seen, cursor = list[tuple[str, int]](), ""
            while True:
                page = (await client.get(f"/schedules?limit=2{query}{cursor}")).json()
                seen += [(schedule["agent"], schedule["action"]) for schedule in page["items"]]
                if page["next"] is None:
                    return seen
                cursor = f"&cursor={page['next']}"

        everything = [(f"{number}", action) for number in range(4) for action in (0, 1)]
        paused = [("1", 0), ("1", 1), ("2", 0)]
        assert sorted(await walked("")) == everything
        assert sorted(await walked("&state=paused")) == paused
        assert sorted(await walked("&state=active")) == sorted(set(everything) - set(paused))
        assert await walked("&state=finished") == []
        assert await walked("&agent=2") == [("2", 0), ("2", 1)]
        assert await walked("&agent=2&state=active") == [("2", 1)]

    with_app(story)


@pytest.mark.parametrize("query", ["state=broken", "limit=0", "limit=x", "cursor=z", "agents=a"])
def test_a_filter_that_makes_no_sense_is_refused(with_app: Tell, query: str) -> None:
    async def story(client: Client) -> None:
        assert (await client.get(f"/schedules?{query}")).status == 422
        assert (await client.get("/schedules?agent=nobody")).status == 404

    with_app(story)
