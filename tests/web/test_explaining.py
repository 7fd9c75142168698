"""Why a moment was a slot or not, over HTTP."""

import pytest

from making import cron, webhook

from .client import Client
from .conftest import Tell


def test_a_moment_is_explained_for_each_timed_trigger(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        actions = [cron("0 * * * *"), webhook(), cron("30 * * * *", id="half")]
        await client.post("/agents", {"name": "a", "actions": actions})
        at = "at=2026-05-03T13:00:00Z"
        full, half = (await client.get(f"/agents/a/why?{at}")).json()["items"]
        assert (full["action"], full["slot"], full["at"]) == (0, True, "2026-05-03T13:00:00Z")
        assert (half["action"], half["slot"], half["run"]) == (2, False, None)
        for action in ("2", "half"):
            page = (await client.get(f"/agents/a/why?{at}&action={action}")).json()
            assert page["items"] == [half]

    with_app(story)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("a/why", 422),
        ("a/why?at=noon", 422),
        ("a/why?at=2026-05-03T13:00:00Z&action=9", 404),
        ("nobody/why?at=2026-05-03T13:00:00Z", 404),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(with_app: Tell, path: str, status: int) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a", "actions": [cron()]})
        assert (await client.get(f"/agents/{path}")).status == status

    with_app(story)
