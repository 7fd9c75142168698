"""Many agents in one body: all of them or none, and every mistake with its place."""

import json
from typing import Any

import msgspec
import pytest

from making import cron, webhook
from pypes.web import bulk

from .client import Client
from .conftest import Tell

BAD = webhook(url="ftp://nowhere")
IN_CRON = cron(action=BAD)


def lines(*agents: Any) -> bytes:
    return b"".join(json.dumps(agent).encode() + b"\n" for agent in agents)


def test_an_array_creates_all_its_agents_at_once(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        answer = await client.post("/agents", [{"name": "a"}, {"name": "b", "actions": [cron()]}])
        assert answer.json() == {"records_created": 2}
        assert (await client.post("/agents", [])).json() == {"records_created": 0}
        assert len((await client.get("/agents")).json()) == 2

    with_app(story)


def test_ndjson_creates_all_its_agents_however_it_is_cut_into_parts(with_app: Tell) -> None:
    body = lines({"name": "ä", "actions": [cron()]}) + b"\n  \r\n" + lines({"name": "b"}).rstrip()

    async def story(client: Client) -> None:
        for parts in ([body], [bytes([byte]) for byte in body]):
            assert (await client.post_lines("/agents", *parts)).json() == {"records_created": 2}
            assert [agent["name"] for agent in (await client.get("/agents")).json()] == ["b", "ä"]

    with_app(story)


def test_many_agents_are_read_in_chunks(with_app: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 2)

    async def story(client: Client) -> None:
        agents = [{"name": f"{number}"} for number in range(7)]
        assert (await client.post("/agents", agents)).json() == {"records_created": 7}

    with_app(story)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"name": "x", "actions": [BAD]}, "$.actions[0].url"),
        ({"name": "x", "actions": ["label", json.dumps(IN_CRON)]}, "$.actions[1].action.url"),
        ([{"name": "x"}, {"name": "y", "actions": [IN_CRON]}], "$[1].actions[0].action.url"),
        ([{"name": "x"}, {"name": "x"}], "$[1].name"),
        ([{"name": "x"}, {"nam": "y"}], "$[1].nam"),
        ([{"name": "x"}, 5], "$[1]"),
        ({"name": ""}, "$.name"),
        ({"name": "x", "action": []}, "$.action"),
        ("x", "$"),
    ],
)
def test_a_mistake_names_its_place_and_nothing_is_stored(with_app: Tell, body: Any, path: str) -> None:
    async def story(client: Client) -> None:
        refused = await client.post("/agents", body)
        assert (refused.status, refused.json()["path"]) == (422, path)
        assert (await client.get("/agents")).json() == []

    with_app(story)


@pytest.mark.parametrize(
    ("body", "status", "line", "path"),
    [
        (lines({"name": "x"}, {"name": "y", "actions": [IN_CRON]}), 422, 2, "$.actions[0].action.url"),
        (lines({"name": "x"}) + b"\n" + lines({"name": "x"}), 422, 3, "$.name"),
        (lines({"name": "x"}) + b'{"name"', 400, 2, None),
        (b'{"name":"x","inputs":[' + b"[" * 100_000, 400, 1, None),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_stored(
    with_app: Tell, body: bytes, status: int, line: int, path: str | None
) -> None:
    async def story(client: Client) -> None:
        refused = await client.post_lines("/agents", body)
        said = refused.json()
        assert (refused.status, said["line"], said.get("path")) == (status, line, path)
        assert refused.detail.startswith(f"line {line}: ")
        assert (await client.get("/agents")).json() == []

    with_app(story)


def test_an_import_keeps_what_would_be_refused_as_a_label_and_tells(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        agent = {"name": "old", "actions": ["fetch_url", json.dumps(BAD), webhook()]}
        answer = (await client.post("/agents?keep=unrecognized", agent)).json()
        assert answer["records_created"] == 1
        plain, refused = answer["labels"]
        assert plain == {"agent": "old", "action": 0, "raw": "fetch_url", "error": None}
        assert (refused["action"], refused["raw"]) == (1, json.dumps(BAD))
        assert "http://" in refused["error"]
        (stored,) = (await client.get("/agents")).json()
        assert stored["actions"] == ["fetch_url", json.dumps(BAD), msgspec.json.encode(webhook()).decode()]

    with_app(story)


def test_many_agents_are_put_down_as_they_arrive_and_then_all_saved(
    with_app: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "FEW", 3)
    agents = [{"name": f"{number}", "actions": [cron()]} for number in range(9)]

    async def story(client: Client) -> None:
        for post in (client.post("/agents", agents), client.post_lines("/agents", lines(*agents))):
            assert (await post).json() == {"records_created": 9}
            assert len((await client.get("/agents")).json()) == 9

    with_app(story)


@pytest.mark.parametrize("bad", [{"name": "5"}, {"name": "x", "actions": [BAD]}])
def test_a_mistake_behind_many_agents_leaves_none_of_them(
    with_app: Tell, monkeypatch: pytest.MonkeyPatch, bad: Any
) -> None:
    monkeypatch.setattr(bulk, "FEW", 3)
    monkeypatch.setattr(bulk, "CHUNK", 2)
    agents = [{"name": f"{number}"} for number in range(9)]

    async def story(client: Client) -> None:
        refused = await client.post_lines("/agents", lines(*agents, bad))
        assert (refused.status, refused.json()["line"]) == (422, 10)
        assert (await client.get("/agents")).json() == []
        assert (await client.post_lines("/agents", lines(*agents))).json() == {"records_created": 9}

    with_app(story)
