"""What stands behind the `?`: what cannot be meant is refused, with what could be."""

import pytest

from .client import Client
from .conftest import Tell


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/runs?limit=0", "the parameter `limit` is `0`: expected a whole number >= 1"),
        ("/runs?agent=a&action=one", "the parameter `action` is `one`: expected a whole number"),
        (
            "/runs?trigger=on_input",
            "the parameter `trigger` is `on_input`: not known here: did you mean `input`?",
        ),
        (
            "/schedules?state=x",
            "the parameter `state` is `x`: not known here; known: active, finished, paused",
        ),
        ("/runs?cursor=2", "the parameter `cursor` is `2`: expected what `next` of the page before says"),
        ("/agents?offset=-1", "the parameter `offset` is `-1`: expected a whole number >= 0"),
    ],
)
def test_a_parameter_that_cannot_be_meant_is_told_what_could(with_app: Tell, path: str, said: str) -> None:
    async def story(client: Client) -> None:
        answer = await client.get(path)
        assert (answer.status, answer.detail) == (422, said)

    with_app(story)


def test_a_parameter_that_is_given_twice_runs_nothing(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        answer = await client.post("/agents/a/run?dry=true&dry=false")
        assert (answer.status, answer.detail) == (422, "the parameter `dry` is given twice")

    with_app(story)


def test_a_switch_without_a_value_is_told_its_values(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        assert (await client.post("/agents/a/run?dry")).detail.endswith("expected true or false")

    with_app(story)


def test_more_parameters_than_anybody_writes_are_refused(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        answer = await client.get("/runs?" + "&".join(f"p{number}=1" for number in range(101)))
        assert (answer.status, answer.detail) == (422, "the query has more than 100 parameters")

    with_app(story)
