"""Pausing and resuming over HTTP."""

from typing import Any

import pytest

from conftest import HandClock
from making import cron, every, webhook
from pypes.clock import SECOND

from .client import Client
from .conftest import Tell

AGENT = {"name": "a", "actions": [cron(), every("1h", id="hourly"), webhook(), "label"]}


async def states(client: Client) -> list[tuple[int, str]]:
    page = (await client.get("/schedules?agent=a")).json()
    return [(schedule["action"], schedule["state"]) for schedule in page["items"]]


def test_all_timed_triggers_of_an_agent_are_paused_and_resumed(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", AGENT)
        assert (await client.post("/agents/a/pause")).json() == {"paused": 2}
        assert await states(client) == [(0, "paused"), (1, "paused")]
        assert (await client.post("/agents/a/resume", {})).json() == {"resumed": 2}
        assert await states(client) == [(0, "active"), (1, "active")]
        assert (await client.post("/agents/a/resume")).json() == {"resumed": 0}

    with_app(story)


@pytest.mark.parametrize("action", [1, "hourly"])
def test_one_trigger_is_named_by_its_index_or_its_id(with_app: Tell, action: int | str) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", AGENT)
        assert (await client.post("/agents/a/pause", {"action": action, "note": "why"})).json() == {
            "paused": 1
        }
        assert await states(client) == [(0, "active"), (1, "paused")]
        (paused,) = (await client.get("/schedules?state=paused")).json()["items"]
        assert (paused["note"], paused["next"], paused["until"]) == ("why", None, None)
        assert (await client.post("/agents/a/resume", {"action": action})).json() == {"resumed": 1}

    with_app(story)


def test_a_pause_with_an_end_tells_the_first_slot_behind_it(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", AGENT)
        await client.post("/agents/a/pause", {"action": 1, "until": "2026-05-03T16:30:00+02:00"})
        (paused,) = (await client.get("/schedules?state=paused")).json()["items"]
        assert paused["until"] == "2026-05-03T14:30:00.000Z"
        assert paused["next"] == paused["effective_next"] == "2026-05-03T15:00:00Z"

    with_app(story)


def test_the_slots_of_a_pause_are_in_the_ledger_as_skipped(with_app: Tell, clock: HandClock) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", AGENT)
        await client.post("/agents/a/pause", {"action": 0})
        clock.advance(10 * SECOND)
        await client.post("/agents/a/resume")
        (row,) = (await client.get("/runs")).json()["items"]
        assert (row["state"], row["reason"], row["count"]) == ("skipped", "paused", 10)

    with_app(story)


@pytest.mark.parametrize(
    ("body", "status", "path"),
    [
        ({"until": "2026-05-03T12:00:00Z"}, 422, "$.until"),
        ({"until": "tomorrow"}, 422, "$.until"),
        ({"action": 2}, 422, "$.action"),
        ({"action": 1.5}, 422, "$.action"),
        ({"acton": 0}, 422, "$.acton"),
        ([], 422, "$"),
        ({"action": 9}, 404, None),
        ({"action": "nothing"}, 404, None),
    ],
)
def test_a_pause_that_makes_no_sense_pauses_nothing(
    with_app: Tell, body: Any, status: int, path: str | None
) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", AGENT)
        refused = await client.post("/agents/a/pause", body)
        assert (refused.status, refused.json().get("path")) == (status, path)
        assert await states(client) == [(0, "active"), (1, "active")]

    with_app(story)


@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_an_unknown_agent_is_not_found(with_app: Tell, verb: str) -> None:
    async def story(client: Client) -> None:
        assert (await client.post(f"/agents/nobody/{verb}")).status == 404

    with_app(story)
