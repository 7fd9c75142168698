"""Agents over HTTP: the original's two requests, and one agent by its name."""

import json
from typing import Any

import pytest

from making import cron, every, webhook
from pypes.web import agents

from .client import SOCKET, Client
from .conftest import Tell

ECHO = {"name": "echo", "inputs": [{"event": "hello", "payload": "world"}], "actions": []}


def test_what_was_posted_is_answered_as_the_original_did(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        assert (await client.get("/agents")).body == b"[]"
        assert (await client.post("/agents", ECHO)).body == b'{"records_created":1}'
        answer = await client.get("/agents")
        assert answer.headers["content-type"] == "application/json"
        assert answer.body == (
            b'[{"name":"echo","inputs":[{"event":"hello","payload":"world"}],"actions":[]}]'
        )

    with_app(story)


def test_actions_are_answered_as_strings_or_as_objects_and_labels_always_as_strings(with_app: Tell) -> None:
    text = '{"type": "webhook", "url": "http://127.0.0.1:9/ü"}'

    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a", "actions": ["fetch_url", text, webhook()]})
        (strings,) = (await client.get("/agents")).json()
        assert strings["actions"] == ["fetch_url", text, json.dumps(webhook(), separators=(",", ":"))]
        (objects,) = (await client.get("/agents?actions=objects")).json()
        assert objects["actions"] == ["fetch_url", json.loads(text), webhook()]
        assert (await client.get("/agents/a?actions=objects")).json() == objects

    with_app(story)


def test_inputs_are_answered_byte_for_byte_as_they_were_posted(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await client.send("POST", "/agents", b'{"name":"a","inputs":[1.50, {"b":1e4,"a":"\\u00fc"}]}')
        assert b'"inputs":[1.50,{"b":1e4,"a":"\\u00fc"}]' in (await client.get("/agents/a")).body

    with_app(story)


def test_options_are_answered_only_where_there_are_some(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a", "options": {"keep_inputs": 3}})
        await client.post("/agents", {"name": "b", "options": {}})
        assert (await client.get("/agents/a")).json()["options"] == {"keep_inputs": 3}
        assert "options" not in (await client.get("/agents/b")).json()

    with_app(story)


def test_a_post_replaces_an_agent_and_keeps_its_inputs_unless_it_brings_some(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a", "inputs": [1, 2], "actions": ["x"]})
        await client.post("/agents", {"name": "a", "actions": ["y"]})
        assert (await client.get("/agents/a")).json() == {"name": "a", "inputs": [1, 2], "actions": ["y"]}
        await client.post("/agents", {"name": "a", "inputs": []})
        assert (await client.get("/agents/a")).json() == {"name": "a", "inputs": [], "actions": []}

    with_app(story)


def test_all_agents_are_streamed_in_the_order_of_their_names_however_many(
    with_app: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agents, "PAGE", 3)
    names = [f"agent {number:02}" for number in range(10)]

    async def story(client: Client) -> None:
        await client.post("/agents", [{"name": name, "inputs": ["x" * 50]} for name in reversed(names)])

        async def listed(query: str) -> list[str]:
            return [agent["name"] for agent in (await client.get(f"/agents{query}")).json()]

        assert await listed("") == names
        assert await listed("?limit=4") == names[:4]
        assert await listed("?limit=3") == names[:3]
        assert await listed("?after=agent%2003&limit=5") == names[4:9]
        assert await listed("?offset=8") == names[8:]
        assert await listed("?offset=2&limit=5") == names[2:7]
        assert await listed("?after=agent%2009") == []

    with_app(story)


def test_a_page_of_large_agents_ends_early(with_app: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "PAGE_BYTES", 100)

    async def story(client: Client) -> None:
        await client.post("/agents", [{"name": name, "inputs": ["x" * 80]} for name in "abc"])
        assert [agent["name"] for agent in (await client.get("/agents")).json()] == ["a", "b", "c"]

    with_app(story)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a%2Fb", "a/b"),
        ("%C3%BC%20%F0%9F%90%88", "ü 🐈"),
        ("50%25", "50%"),
        ("a%3Fb%23c", "a?b#c"),
        ("..", ".."),
        ("a+b", "a+b"),
    ],
)
def test_a_name_may_hold_any_character(with_app: Tell, path: str, name: str) -> None:
    async def story(client: Client) -> None:
        assert (await client.send("PUT", f"/agents/{path}", b"{}")).status == 200
        assert (await client.get(f"/agents/{path}")).json() == {"name": name, "inputs": [], "actions": []}
        assert (await client.post(f"/agents/{path}/inputs", 1)).status == 200
        assert (await client.send("DELETE", f"/agents/{path}")).status == 204

    with_app(story)


def test_a_path_that_is_not_utf8_is_refused(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        assert (await client.get("/agents/%ff")).status == 422

    with_app(story)


def test_put_creates_and_replaces_under_the_name_in_the_path(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        assert (await client.send("PUT", "/agents/a", b'{"actions":["x"]}')).json() == {"records_created": 1}
        assert (await client.send("PUT", "/agents/a", b'{"name":"a","actions":["y"]}')).status == 200
        assert (await client.get("/agents/a")).json()["actions"] == ["y"]
        refused = await client.send("PUT", "/agents/a", b'{"name":"b"}')
        assert (refused.status, refused.json()["path"]) == (422, "$.name")

    with_app(story)


@pytest.mark.parametrize(
    ("patch", "changed"),
    [
        ({}, {}),
        ({"name": "a"}, {}),
        ({"actions": ["z"]}, {"actions": ["z"]}),
        ({"actions": None, "inputs": None}, {"actions": [], "inputs": []}),
        ({"inputs": [3]}, {"inputs": [3]}),
        ({"options": {"keep_inputs": 7}}, {"options": {"keep_inputs": 7}}),
        ({"options": {"keep_inputs": None}}, {"options": None}),
        ({"options": None}, {"options": None}),
    ],
)
def test_a_patch_changes_what_it_names_and_nothing_else(
    with_app: Tell, patch: dict[str, Any], changed: dict[str, Any]
) -> None:
    agent = {"name": "a", "inputs": [1], "actions": ["x"], "options": {"keep_inputs": 5}}
    expected = {key: value for key, value in (agent | changed).items() if value is not None}

    async def story(client: Client) -> None:
        await client.post("/agents", agent)
        answer = await client.send("PATCH", "/agents/a", json.dumps(patch).encode())
        assert answer.json() == (await client.get("/agents/a")).json() == expected

    with_app(story)


@pytest.mark.parametrize(
    ("patch", "path"),
    [
        ({"name": "b"}, "$.name"),
        ({"actions": [webhook(url="ftp://x")]}, "$.actions[0].url"),
        ({"options": {"keep_input": 1}}, "$.options.keep_input"),
        ({"options": {"keep_inputs": -1}}, "$.options.keep_inputs"),
        ({"action": []}, "$.action"),
        ([], "$"),
    ],
)
def test_a_patch_that_makes_no_good_agent_changes_nothing(with_app: Tell, patch: Any, path: str) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a", "actions": ["x"]})
        refused = await client.send("PATCH", "/agents/a", json.dumps(patch).encode())
        assert (refused.status, refused.json()["path"]) == (422, path)
        assert (await client.get("/agents/a")).json()["actions"] == ["x"]

    with_app(story)


def test_a_patch_of_options_moves_no_schedule(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a", "actions": [every("7m"), cron("0 9 * * *"), every("7m")]})
        before = (await client.get("/schedules")).body
        await client.send("PATCH", "/agents/a", b'{"options":{"keep_inputs":1}}')
        assert (await client.get("/schedules")).body == before

    with_app(story)


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_unknown_agent_is_not_found(with_app: Tell, method: str) -> None:
    async def story(client: Client) -> None:
        answer = await client.send(method, "/agents/nobody", b"{}" if method == "PATCH" else b"")
        assert (answer.status, answer.detail) == (404, "there is no agent `nobody`")

    with_app(story)


def test_a_deleted_agent_is_gone_with_its_inputs_and_schedules(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a", "inputs": [1], "actions": [cron()]})
        answer = await client.send("DELETE", "/agents/a")
        assert (answer.status, answer.body) == (204, b"")
        assert (await client.get("/agents")).json() == []
        assert (await client.get("/schedules")).json()["items"] == []
        await client.post("/agents", {"name": "a"})
        assert (await client.get("/agents/a/inputs")).json()["items"] == []

    with_app(story)


def test_the_whole_store_is_emptied_through_the_socket_only(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a"})
        assert (await client.send("DELETE", "/agents")).status == 403
        client.server = SOCKET
        assert (await client.send("DELETE", "/agents")).status == 204
        assert (await client.get("/agents")).json() == []

    with_app(story)


def test_head_tells_of_an_agent_without_sending_it(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", ECHO)
        one, head = await client.get("/agents/echo"), await client.send("HEAD", "/agents/echo")
        assert (head.status, head.headers, head.body) == (200, one.headers, b"")
        assert (await client.send("HEAD", "/agents")).body == b""

    with_app(story)
