"""What the API says of runs that are done step by step, of budgets and of memory."""

import asyncio
from typing import Any

import pytest

from engine.scene import Nearby
from living import Receiver
from making import webhook
from model_server import ModelServer, Said
from pypes.engine import engine as module

from .client import Client
from .conftest import Tell


@pytest.fixture(autouse=True)
def _nearby(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "Workers", Nearby)


def llm(model: ModelServer, prompt: str = "hi", **fields: Any) -> dict[str, Any]:
    given = {"model": "openai:test-model", "base_url": model.url, "price": {"input": 1, "output": 2}}
    return {"type": "llm", "prompt": prompt, **given, **fields}


def test_a_run_shows_each_step_with_its_answer_and_its_cost(with_engine: Tell) -> None:
    async def story(client: Client) -> None:
        with Receiver().listening() as receiver, ModelServer().listening() as model:
            steps = [llm(model), webhook(url=receiver.url, payload={"text": "{{ previous }}"})]
            await client.post("/agents", {"name": "a", "actions": [{"type": "sequence", "steps": steps}]})
            (outcome,) = (await client.post("/agents/a/run")).json()
            assert (outcome["ok"], outcome["type"]) == (True, "sequence")
            assert outcome["summary"] == "2 of 2 steps, 120 tokens, 0.00014 USD"
            run = (await client.get(f"/runs/{outcome['run']}")).json()
            asked, sent = run["attempts"]
            assert (asked["step"], asked["output"]) == (0, "hello")
            assert asked["spent"] == {
                "model": "openai:test-model",
                "requests": 1,
                "tokens_in": 100,
                "tokens_out": 20,
                "usd": 0.00014,
                "price": "the action",
                "tools": [],
            }
            assert (sent["step"], sent["status"]) == (1, 200)
            assert "spent" not in sent

    with_engine(story)


def test_a_dry_run_shows_what_would_be_said_and_asks_nobody(with_engine: Tell) -> None:
    async def story(client: Client) -> None:
        with Receiver().listening() as receiver, ModelServer().listening() as model:
            steps = [
                llm(model, "Mail: {{ inputs | tojson }}", system="Be brief."),
                webhook(url=receiver.url, payload={"text": "{{ previous }}"}),
            ]
            body = {"name": "a", "inputs": [1], "actions": [{"type": "sequence", "steps": steps}]}
            await client.post("/agents", body)
            (outcome,) = (await client.post("/agents/a/run?dry=true")).json()
            first, second = outcome["steps"]
            assert (first["method"], first["url"]) == ("ASK", "openai:test-model")
            assert first["body"] == "Be brief.\n\nMail: [1]"
            assert second["body"] == '{"text":null}'
            assert model.asked == []
            assert receiver.arrivals == []

    with_engine(story)


def test_a_dry_run_shows_what_needs_the_step_before_as_it_is_written(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        steps = [webhook(), webhook(payload={"n": "{{ previous.json.n }}"})]
        await client.post("/agents", {"name": "a", "actions": [{"type": "sequence", "steps": steps}]})
        (outcome,) = (await client.post("/agents/a/run?dry=true")).json()
        assert outcome["steps"][1]["body"] == '{"n":"{{ previous.json.n }}"}'
        broken = {"type": "sequence", "steps": [webhook(payload={"n": "{{ nothing.at.all }}"})]}
        await client.post("/agents", {"name": "b", "actions": [broken]})
        (outcome,) = (await client.post("/agents/b/run?dry=true")).json()
        assert outcome["ok"] is False
        assert outcome["error"].startswith("step 0 cannot be prepared")

    with_app(story)


def test_a_budget_that_is_used_up_is_said_by_a_run_by_hand(with_engine: Tell) -> None:
    async def story(client: Client) -> None:
        with ModelServer().listening() as model:
            options = {"budget": {"tokens_per_day": 100}}
            model.script = [Said("x", tokens=(80, 20))]
            await client.post("/agents", {"name": "a", "actions": [llm(model)], "options": options})
            assert (await client.post("/agents/a/run")).json()[0]["ok"] is True
            (outcome,) = (await client.post("/agents/a/run")).json()
            assert outcome["ok"] is False
            assert outcome["error"] == "budget: 100 tokens a day for this agent, 100 used"
            items = (await client.get("/spending?days=2")).json()["items"]
            assert [(item["agent"], item["all"], item["tokens"]) for item in items] == [
                (None, True, 100),
                ("a", False, 100),
            ]
            assert items[0]["usd"] == 0.00012
            assert (await client.get("/spending?agent=a")).json()["items"] == items[1:]
            assert (await client.get("/spending?agent=b")).status == 404
            figures = (await client.get("/metrics")).body.decode()
            assert "pypes_model_tokens_today 100.0" in figures
            assert "pypes_model_usd_today 0.00012" in figures

    with_engine(story)


def test_what_an_agent_remembers_can_be_seen_corrected_and_forgotten(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a"})
        assert (await client.get("/agents/a/state")).json() == {"state": {}}
        answer = await client.send("PUT", "/agents/a/state", b'{"page": [1, null]}')
        assert answer.json() == {"state": {"page": [1, None]}}
        assert (await client.get("/agents/a/state")).json() == {"state": {"page": [1, None]}}
        too_large = await client.send("PUT", "/agents/a/state", b'"' + b"x" * 70_000 + b'"')
        assert (too_large.status, too_large.detail) == (422, "a state has at most 64 KB")
        assert (await client.send("PUT", "/agents/a/state", b"{")).status == 400
        assert (await client.send("DELETE", "/agents/a/state")).status == 204
        assert (await client.get("/agents/a/state")).json() == {"state": {}}
        assert (await client.get("/agents/b/state")).status == 404

    with_app(story)


def test_only_what_a_webhook_sends_can_be_replaced_by_a_retry(with_engine: Tell) -> None:
    async def story(client: Client) -> None:
        with ModelServer().listening() as model:
            model.script = [Said(status=401)]
            await client.post("/agents", {"name": "a", "actions": [llm(model)]})
            (outcome,) = (await client.post("/agents/a/run")).json()
            answer = await client.post(f"/runs/{outcome['run']}/retry", {"payload": {}})
            assert answer.status == 422
            assert "only what a webhook sends" in answer.detail
            assert (await client.post(f"/runs/{outcome['run']}/retry")).status == 200

    with_engine(story)


def test_what_a_model_makes_of_a_webhook_to_this_very_api_changes_nothing(with_engine: Tell) -> None:
    """End to end: every request of a run carries the header by which the API knows it."""

    async def story(client: Client) -> None:
        with Receiver().listening() as receiver, ModelServer().listening() as model:
            model.script = [Said('{"name":"evil"}')]
            steps = [llm(model), webhook(url=receiver.url, payload="{{ previous }}")]
            await client.post("/agents", {"name": "a", "actions": [{"type": "sequence", "steps": steps}]})
            await client.post("/agents/a/run")
            (arrival,) = await asyncio.to_thread(receiver.wait_for, 1)
            headers = {name.lower(): value for name, value in arrival.headers.items()}
            answer = await client.send("POST", "/agents", b'{"name":"evil"}', headers=headers)
            assert answer.status == 403

    with_engine(story)


def test_an_input_that_matches_is_thought_about_once(with_engine: Tell) -> None:
    async def story(client: Client) -> None:
        with Receiver().listening() as receiver, ModelServer().listening() as model:
            steps = [
                llm(model, "{{ input.subject }} from {{ previous }}"),
                webhook(url=receiver.url, payload={"text": "{{ previous }} about {{ input.subject }}"}),
            ]
            think = {"type": "sequence", "steps": steps}
            trigger = {"type": "on_input", "when": "input.urgent", "action": think}
            await client.post("/agents", {"name": "a", "actions": [trigger]})
            for urgent in (False, True):
                await client.post("/agents/a/inputs", {"subject": "fire", "urgent": urgent})
            (arrival,) = await asyncio.to_thread(receiver.wait_for, 1)
            assert arrival.body == b'{"text":"hello about fire"}'
            assert [asked.body["messages"][-1]["content"] for asked in model.asked] == ["fire from null"]

    with_engine(story)
