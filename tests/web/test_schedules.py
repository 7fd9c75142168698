"""Schedules over HTTP: where each timed trigger stands, what fires next, and previews."""

from typing import Any

import pytest

from conftest import HandClock
from making import cron, every, webhook
from pypes.clock import SECOND
from pypes.engine.claiming import claim
from pypes.instants import parse_instant
from pypes.web import schedules, upcoming

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


async def three_agents(client: Client) -> None:
    await client.post(
        "/agents",
        [
            {"name": "a", "actions": [cron("*/2 * * * *"), webhook()]},
            {"name": "b", "actions": [every("3m", exclude=["2026-05-04"]), cron("@reboot")]},
            {"name": "c", "actions": [every("1m")]},
        ],
    )
    await client.post("/agents/c/pause")


def test_fires_of_all_agents_are_merged_in_the_order_of_their_time(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await three_agents(client)
        page = (await client.get("/schedules/upcoming?to=2026-05-03T12:06:00Z")).json()
        fires = [(fire["at"][14:16], fire["agent"]) for fire in page["items"]]
        assert fires[:3] == [("02", "a"), ("03", "b"), ("04", "a")]
        assert sorted(fires[3:]) == [("06", "a"), ("06", "b")]
        assert (page["next"], page["complete"]) == (None, True)
        assert page["items"][0] == {
            "agent": "a",
            "action": 0,
            "type": "cron",
            "expression": "*/2 * * * *",
            "timezone": "UTC",
            "at": "2026-05-03T12:02:00Z",
            "effective": "2026-05-03T12:02:00Z",
        }

    with_app(story)


def test_fires_to_come_are_paged_and_none_is_told_twice(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await three_agents(client)
        whole = await items(client, "/schedules/upcoming?to=2026-05-03T13:00:00Z&limit=1000")
        assert len(whole) == 30 + 20
        seen: list[dict[str, Any]] = []
        page = (await client.get("/schedules/upcoming?to=2026-05-03T13:00:00Z&limit=7")).json()
        while page["next"]:
            seen += page["items"]
            query = f"to=2026-05-03T13:00:00Z&limit=7&cursor={page['next']}"
            page = (await client.get(f"/schedules/upcoming?{query}")).json()
        assert seen + page["items"] == whole

    with_app(story)


def test_fires_to_come_begin_after_a_moment_and_leave_out_what_is_excluded(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await three_agents(client)
        window = "from=2026-05-03T23:57:00Z&to=2026-05-04T00:00:00Z"
        assert [fire["agent"] for fire in await items(client, f"/schedules/upcoming?{window}")] == ["a", "a"]
        assert await items(client, f"/schedules/upcoming?{window}&agent=b") == []
        assert len(await items(client, f"/schedules/upcoming?{window}&agent=a")) == 2
        past = "from=2020-01-01T00:00:00Z&to=2026-05-03T12:02:00Z"
        assert len(await items(client, f"/schedules/upcoming?{past}")) == 1

    with_app(story)


def test_too_many_schedules_are_told_where_they_matter(
    with_app: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upcoming, "MOST_SCHEDULES", 2)

    async def story(client: Client) -> None:
        await three_agents(client)
        soon = (await client.get("/schedules/upcoming?limit=2")).json()
        later = (await client.get("/schedules/upcoming?from=2026-05-03T20:00:00Z&limit=2")).json()
        assert (soon["complete"], later["complete"]) == (True, False)

    with_app(story)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("from=noon", 422),
        ("to=noon", 422),
        ("to=2026-05-03T11:00:00Z", 422),
        ("from=2026-05-03T14:00:00Z&to=2026-05-03T13:00:00Z", 422),
        ("limit=1001", 422),
        ("agent=nobody", 404),
    ],
)
def test_a_window_that_makes_no_sense_is_refused(with_app: Tell, query: str, status: int) -> None:
    async def story(client: Client) -> None:
        assert (await client.get(f"/schedules/upcoming?{query}")).status == status

    with_app(story)


def test_a_preview_says_when_an_expression_fires_in_utc_and_in_its_zone(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        asked = {"expression": "0 9 * * MON", "timezone": "Europe/Berlin", "count": 2}
        preview = (await client.post("/schedules/preview", asked)).json()
        assert preview["next"] == ["2026-05-04T07:00:00Z", "2026-05-11T07:00:00Z"]
        assert preview["local"] == ["2026-05-04T09:00:00+02:00", "2026-05-11T09:00:00+02:00"]
        assert preview["text"] == "At 09:00, on Monday"
        assert isinstance(preview["warnings"], list)

    with_app(story)


def test_a_preview_has_five_fires_strictly_after_now_or_a_given_moment(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        now = (await client.post("/schedules/preview", {"expression": "* * * * *"})).json()
        assert (len(now["next"]), now["next"][0]) == (5, "2026-05-03T12:01:00Z")
        asked = {"expression": "0 * * * *", "from": "2030-01-01T01:00:00+01:00", "count": 1}
        assert (await client.post("/schedules/preview", asked)).json()["next"] == ["2030-01-01T01:00:00Z"]

    with_app(story)


def test_a_preview_of_what_never_fires_again_says_so(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        preview = (await client.post("/schedules/preview", {"expression": "0 0 0 1 1 * 2020"})).json()
        assert preview["next"] == []
        assert "it never fires again" in preview["warnings"]

    with_app(story)


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ({"expression": "61 * * * *"}, "$.expression"),
        ({"expression": "* * * * *", "timezone": "Mars/Olympus"}, "$.timezone"),
        ({"expression": "* * * * *", "dst": "sometimes"}, "$.dst"),
        ({"expression": "* * * * *", "from": "now"}, "$.from"),
        ({"expression": "* * * * *", "count": 0}, "$.count"),
        ({"expression": "* * * * *", "count": 1001}, "$.count"),
        ({"expression": 5}, "$.expression"),
        ({"expression": "* * * * *", "timezon": "UTC"}, "$.timezon"),
        ({}, "$"),
    ],
)
def test_a_preview_names_the_place_of_a_mistake(with_app: Tell, asked: Any, path: str) -> None:
    async def story(client: Client) -> None:
        refused = await client.post("/schedules/preview", asked)
        assert (refused.status, refused.json()["path"]) == (422, path)

    with_app(story)
