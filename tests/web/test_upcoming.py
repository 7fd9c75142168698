"""What fires next, over all agents."""

from typing import Any

import pytest

from making import cron, every, webhook
from pypes.web import upcoming

from .client import Client
from .conftest import Tell


async def items(client: Client, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(path)).json()["items"]
    return found


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
