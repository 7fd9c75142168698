"""What requests of runs may do to agents: nothing, unless the options of their agent allow a little."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from living import Receiver
from making import Json, every, webhook

from .client import Answer, Client
from .conftest import Tell

Ask = Callable[..., Awaitable[Answer]]
"""Sends a request as a receiver would that passes on what a run of the agent `a` has sent it."""


@pytest.fixture
def with_run(with_engine: Tell) -> Callable[..., None]:
    """Tells a story in which an agent `a` with some options has run, and somebody asks with its headers."""

    def tell(story: Callable[[Client, Ask], Awaitable[None]], **options: Any) -> None:
        async def on_engine(client: Client) -> None:
            with Receiver().listening() as receiver:
                steps = [webhook(url=receiver.url), every("1h", action=webhook(url=receiver.url))]
                await client.post("/agents", {"name": "a", "actions": steps, "options": options})
                await client.post("/agents", {"name": "other", "actions": [every("1h")]})
                await client.post("/agents/a/run")
                (arrival,) = await asyncio.to_thread(receiver.wait_for, 1)
            headers = {name.lower(): value for name, value in arrival.headers.items()}
            kept = {name: value for name, value in headers.items() if name.startswith("pypes-")}

            async def ask(method: str, path: str, body: Any = None) -> Answer:
                return await client.send(method, path, encoded(body), headers=kept)

            await story(client, ask)

        with_engine(on_engine)

    return tell


def encoded(body: Any) -> bytes:
    return b"" if body is None else msgspec.json.encode(body)


async def names(client: Client) -> list[str]:
    return [agent["name"] for agent in (await client.get("/agents")).json()]


def actions(*given: Json) -> Json:
    return {"actions": list(given)}


CHANGES = [
    ("POST", "/agents", {"name": "b", "actions": []}),
    ("POST", "/agents", [{"name": "b", "actions": []}]),
    ("PUT", "/agents/b", {"actions": []}),
    ("PUT", "/agents/other", {"actions": []}),
    ("PATCH", "/agents/other", {"actions": []}),
    ("PATCH", "/agents/a", {"options": {"may_schedule": 9}}),
    ("DELETE", "/agents/other", None),
    ("DELETE", "/agents", None),
    ("POST", "/agents/other/pause", None),
    ("POST", "/agents/other/resume", None),
]


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_no_run_may_create_or_change_a_schedule(with_run: Any, method: str, path: str, body: Any) -> None:
    async def story(client: Client, ask: Ask) -> None:
        before = (await client.get("/agents")).json(), (await client.get("/schedules")).json()
        answer = await ask(method, path, body)
        assert answer.status == 403
        assert "this request comes from a run" in answer.detail
        assert ((await client.get("/agents")).json(), (await client.get("/schedules")).json()) == before

    with_run(story)


@pytest.mark.parametrize(("method", "path", "body"), CHANGES[3:])
def test_with_may_schedule_others_are_still_out_of_reach(
    with_run: Any, method: str, path: str, body: Any
) -> None:
    async def story(client: Client, ask: Ask) -> None:
        before = (await client.get("/agents")).json()
        assert (await ask(method, path, body)).status == 403
        assert (await client.get("/agents")).json() == before

    with_run(story, may_schedule=5)


def test_a_run_may_post_inputs_and_run_agents(with_run: Any) -> None:
    async def story(_client: Client, ask: Ask) -> None:
        assert (await ask("POST", "/agents/other/inputs", 1)).status == 200
        assert (await ask("POST", "/agents/other/run")).status == 200

    with_run(story)


def test_a_run_whose_agent_is_unknown_here_changes_nothing(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        nameless, foreign = {"pypes-slot": "2026-05-03T12:00:00Z"}, {"pypes-run": "0123456789abcdef"}
        for headers in (nameless, foreign):
            answer = await client.send("PUT", "/agents/b", encoded({"actions": []}), headers=headers)
            assert answer.status == 403
        assert await names(client) == []

    with_app(story)


def test_with_may_schedule_a_run_creates_changes_pauses_and_removes_agents_of_its_own(with_run: Any) -> None:
    async def story(client: Client, ask: Ask) -> None:
        created = await ask("POST", "/agents", {"name": "b", **actions(every("2h"))})
        assert created.json() == {"records_created": 1}
        assert (await ask("PUT", "/agents/b", actions(every("3h"), every("4h")))).status == 200
        assert (await ask("PATCH", "/agents/b", actions(every("5h")))).status == 200
        (schedule,) = (await client.get("/schedules?agent=b")).json()["items"]
        assert schedule["expression"] == "every 5h"
        assert (await ask("POST", "/agents/b/pause")).json() == {"paused": 1}
        assert (await ask("POST", "/agents/b/resume")).json() == {"resumed": 1}
        assert (await ask("DELETE", "/agents/b")).status == 204
        assert await names(client) == ["a", "other"]

    with_run(story, may_schedule=2)


def test_a_run_may_pause_its_own_agent(with_run: Any) -> None:
    async def story(_client: Client, ask: Ask) -> None:
        assert (await ask("POST", "/agents/a/pause")).json() == {"paused": 1}

    with_run(story, may_schedule=0)


def test_the_cap_counts_all_actions_of_all_agents_that_runs_have_created(with_run: Any) -> None:
    async def story(client: Client, ask: Ask) -> None:
        assert (await ask("PUT", "/agents/b", actions(every("1h"), every("2h")))).status == 200
        refused = await ask("PUT", "/agents/c", actions(every("1h"), every("2h")))
        assert refused.status == 403
        assert "may have 3 action(s) together (options.may_schedule), and would have 4" in refused.detail
        assert await names(client) == ["a", "b", "other"]
        assert (await ask("PUT", "/agents/c", actions())).status == 200
        assert (await ask("PUT", "/agents/d", actions())).status == 403, "an empty agent counts as one action"
        assert (await ask("DELETE", "/agents/b")).status == 204
        assert (await ask("POST", "/agents", [{"name": name} for name in "de"])).status == 200

    with_run(story, may_schedule=3)


@pytest.mark.parametrize(
    ("definition", "where"),
    [
        ({"options": {"may_schedule": 1}}, "$.options.may_schedule"),
        ({"options": {"budget": {"usd_per_day": 9}}}, "$.options.budget"),
        ({"options": {"on_failure": webhook(payload="{{ secret('file:x') }}")}}, "$.options.on_failure"),
        ({"actions": [webhook(secret="file:x")]}, "$.actions[0]"),
        ({"actions": [every(action=webhook(headers={"A": "{{ secret('file:x') }}"}))]}, "$.actions[0]"),
        ({"actions": [webhook(payload="{% set s = secret %}{{ s('file:x') }}")]}, "$.actions[0]"),
        ({"actions": [{"type": "sequence", "steps": [webhook(), webhook(secret="file:x")]}]}, "$.actions[0]"),
        (
            {"actions": [{"type": "llm", "model": "ollama:m", "prompt": "hi", "api_key": "file:x"}]},
            "$.actions[0]",
        ),
    ],
)
def test_what_a_run_creates_has_no_secrets_no_budget_and_no_creations(
    with_run: Any, definition: Json, where: str
) -> None:
    async def story(client: Client, ask: Ask) -> None:
        refused = await ask("PUT", "/agents/b", definition)
        assert (refused.status, refused.json()["path"]) == (422, where)
        assert await names(client) == ["a", "other"]

    with_run(story, may_schedule=5)


def test_what_a_person_changes_is_out_of_reach_from_then_on(with_run: Any) -> None:
    async def story(client: Client, ask: Ask) -> None:
        await ask("PUT", "/agents/b", actions(every("1h")))
        await client.send("PATCH", "/agents/b", encoded({"options": {"keep_inputs": 5}}))
        assert (await ask("DELETE", "/agents/b")).status == 403
        assert (await ask("PUT", "/agents/c", actions(every("1h")))).status == 200, "it does not count either"

    with_run(story, may_schedule=1)


def test_what_its_runs_created_goes_with_an_agent(with_run: Any) -> None:
    async def story(client: Client, ask: Ask) -> None:
        await ask("POST", "/agents", [{"name": "b", **actions(every("1h"))}, {"name": "c"}])
        await client.send("DELETE", "/agents/a")
        assert await names(client) == ["other"]
        assert [row["agent"] for row in (await client.get("/schedules")).json()["items"]] == ["other"]

    with_run(story, may_schedule=5)


def test_who_created_an_agent_stands_on_the_roster(with_run: Any) -> None:
    async def story(client: Client, ask: Ask) -> None:
        await ask("PUT", "/agents/b", actions(every("1h")))
        roster = (await client.get("/roster")).json()["items"]
        assert {row["name"]: row["created_by"] for row in roster} == {"a": None, "b": "a", "other": None}

    with_run(story, may_schedule=5)


def test_a_run_saves_only_few_agents_at_once(with_run: Any) -> None:
    async def story(client: Client, ask: Ask) -> None:
        refused = await ask("POST", "/agents", [{"name": str(number)} for number in range(1001)])
        assert (refused.status, refused.detail) == (
            403,
            "this request comes from a run, which saves at most 1000 agents at once",
        )
        assert await names(client) == ["a", "other"]

    with_run(story, may_schedule=1000)
