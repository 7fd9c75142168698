"""Nodes: who shares the store, and how one is told to hand over its work."""

from typing import Any

from conftest import NOON
from making import MINUTE
from pypes.presence import Presence
from pypes.store.rows import NodeState

from .client import Client
from .conftest import Tell


def state(name: str, **changes: Any) -> NodeState:
    """A daemon that was heard of a moment ago."""
    given = NodeState(name, name, "0.9", NOON - MINUTE, NOON, NOON + MINUTE, 0, 7, 100, 42, 1500)
    return given._replace(**changes)


def presence_of(client: Client) -> Presence:
    """What the daemon knows of itself by now."""
    return client.services.presence


async def register(client: Client, *states: NodeState) -> None:
    for each in states:
        await client.services.store.write(lambda tx, each=each: tx.register_node(each))  # type: ignore[misc]


def test_the_daemon_that_answers_comes_first_and_the_others_as_they_were_last_heard(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        client.services.presence.held = 3
        await register(client, state("there"), state("gone", expires_at=NOON), state("leaving", draining=1))
        nodes = (await client.get("/nodes")).json()["items"]
        assert nodes[0]["node"] == "here"
        assert nodes[0]["held"] == 3
        assert {node["node"]: node["state"] for node in nodes} == {
            "here": "active", "there": "active", "gone": "late", "leaving": "draining",
        }  # fmt: skip
        (there,) = [node for node in nodes if node["node"] == "there"]
        assert (there["version"], there["held"], there["seats"], there["rate"]) == ("0.9", 7, 100, 42)
        assert (there["heartbeat"], there["clock_offset_ms"]) == ("2026-05-03T12:00:00.000Z", 1.5)

    with_app(story)


def test_a_command_without_a_daemon_is_no_node(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        client.services.presence.is_daemon = False
        assert (await client.get("/nodes")).json()["items"] == []
        await register(client, state("there"))
        assert [node["node"] for node in (await client.get("/nodes")).json()["items"]] == ["there"]

    with_app(story)


def test_a_drain_reaches_the_daemon_that_answers_at_once_and_others_through_the_store(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await register(client, state("here"), state("there"))
        answer = await client.post("/nodes/drain")
        assert answer.json()["items"][0]["state"] == "draining"
        assert presence_of(client).draining
        await client.post("/nodes/drain", {"drain": False})
        assert not presence_of(client).draining
        nodes = (await client.post("/nodes/drain", {"node": "there"})).json()["items"]
        assert [node["state"] for node in nodes] == ["active", "draining"]

    with_app(story)


def test_a_drain_of_nobody_and_a_word_that_is_not_known_are_refused(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        assert (await client.post("/nodes/drain", {"node": "nobody"})).status == 404
        refused = await client.post("/nodes/drain", {"nodde": "x"})
        assert refused.status == 422
        assert "did you mean `node`" in refused.json()["detail"]

    with_app(story)
