"""Previews: what an expression means, before anything depends on it."""

from typing import Any

import pytest

from .client import Client
from .conftest import Tell


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
