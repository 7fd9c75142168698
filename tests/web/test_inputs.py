"""Inputs over HTTP: one value, or many as they arrive."""

from typing import Any

import msgspec
import pytest

from conftest import HandClock
from pypes.clock import SECOND

from .client import Client
from .conftest import Tell


async def values(client: Client, query: str = "") -> list[Any]:
    page = (await client.get(f"/agents/a/inputs{query}")).json()
    return [item["value"] for item in page["items"]]


@pytest.mark.parametrize("value", [{"b": [1, None]}, [], "text", 0, 1.5, True, None, "\u0000"])
def test_any_json_value_can_be_an_input(with_app: Tell, value: Any) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a"})
        answer = await client.send("POST", "/agents/a/inputs", msgspec.json.encode(value))
        assert answer.json() == {"records_created": 1}
        assert await values(client) == [value]
        assert (await client.get("/agents/a")).json()["inputs"] == [value]

    with_app(story)


def test_inputs_are_listed_newest_first_with_their_moment(with_app: Tell, clock: HandClock) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a"})
        for number in range(5):
            await client.send("POST", "/agents/a/inputs", b'{ "n":%d}' % number)
            clock.advance(SECOND)
        page = (await client.get("/agents/a/inputs?limit=2")).json()
        assert [(item["at"], item["value"]) for item in page["items"]] == [
            ("2026-05-03T12:00:04.000Z", {"n": 4}),
            ("2026-05-03T12:00:03.000Z", {"n": 3}),
        ]
        assert await values(client, f"?before={page['next']}") == [{"n": 2}, {"n": 1}, {"n": 0}]
        assert (await client.get("/agents/a/inputs")).json()["next"] is None

    with_app(story)


@pytest.mark.parametrize("size", [1, 3, 100])
def test_ndjson_appends_one_input_per_line_in_order(with_app: Tell, size: int) -> None:
    body = b'{"n": 1}\n\n"zwei \xc3\xbc"\r\n3\n   \nnull'
    parts = [body[start : start + size] for start in range(0, len(body), size)]

    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a"})
        assert (await client.post_lines("/agents/a/inputs", *parts)).json() == {"records_created": 4}
        assert await values(client) == [None, 3, "zwei ü", {"n": 1}]

    with_app(story)


@pytest.mark.parametrize(
    "parts",
    [
        [b"1\n2\n\nx\n5\n"],
        [b"1\n", b"2\n", b"\n", b"x\n", b"5\n"],
        [b"1\n2\n\n1e999\n5\n"],
        [b"1\n2\n\n" + b"x" * 100_000 + b"\n5\n"],
        [b"1\n2\n\n" + b"[" * 201 + b"]" * 201],
    ],
)
def test_a_bad_line_ends_the_stream_and_what_came_before_it_stays(with_app: Tell, parts: list[bytes]) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a"})
        refused = await client.post_lines("/agents/a/inputs", *parts)
        said = refused.json()
        assert (refused.status, said["line"], said["records_created"]) == (422, 4, 2)
        assert await values(client) == [2, 1]

    with_app(story)


@pytest.mark.parametrize("parts", [[b"1\n2\n", b"3" * 200, b"3\n4\n"], [b"1\n2\n" + b"3" * 201 + b"\n4"]])
def test_a_line_over_the_limit_is_too_large_and_what_came_before_it_stays(
    with_app: Tell, parts: list[bytes]
) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a"})
        refused = await client.post_lines("/agents/a/inputs", *parts)
        said = refused.json()
        assert (refused.status, said["line"], said["records_created"]) == (413, 3, 2)
        assert await values(client) == [2, 1]

    with_app(story, max_body=200)


def test_a_stream_of_any_length_is_accepted_while_its_lines_fit(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a"})
        answer = await client.post_lines("/agents/a/inputs", *[b'"0123456789"\n' * 100] * 20)
        assert answer.json() == {"records_created": 2000}

    with_app(story, max_body=50, max_agents_body=50)


def test_a_large_input_is_stored_whole(with_app: Tell) -> None:
    value = ["x" * 100] * 2_000

    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a"})
        assert (await client.post("/agents/a/inputs", value)).status == 200
        assert await values(client) == [value]

    with_app(story)


def test_an_unknown_agent_is_not_found_before_a_body_is_read(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        assert (await client.post("/agents/nobody/inputs", 1)).status == 404
        assert (await client.get("/agents/nobody/inputs")).status == 404
        assert (await client.post_lines("/agents/nobody/inputs", b"not JSON")).status == 404
        large = await client.send("POST", "/agents/nobody/inputs", b"[" * 100_000)
        assert large.status == 404

    with_app(story)


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "before=yesterday", "after=1"])
def test_a_parameter_that_makes_no_sense_is_refused(with_app: Tell, query: str) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a"})
        assert (await client.get(f"/agents/a/inputs?{query}")).status == 422

    with_app(story)
