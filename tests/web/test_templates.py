"""Templates end to end: what is rendered is what arrives, and nothing secret is told anywhere."""

import json
from pathlib import Path
from typing import Any

import pytest

from living import Receiver
from making import every, webhook

from .client import Client
from .conftest import Tell

KEY = "k3y-of-the-house"


@pytest.fixture(autouse=True)
def _secret(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    path = tmp_path / "secrets" / "key"
    path.write_text(f"{KEY}\n")
    path.chmod(0o600)


async def run(client: Client, query: str = "") -> dict[str, Any]:
    (outcome,) = (await client.post(f"/agents/a/run{query}")).json()
    assert isinstance(outcome, dict)
    return outcome


def test_what_an_agent_knows_arrives(with_engine: Tell) -> None:
    async def story(client: Client) -> None:
        with Receiver().listening() as receiver:
            payload = {
                "who": "{{ agent }}",
                "newest": "{{ input }}",
                "count": "{{ inputs | length }}",
                "why": "{{ run.trigger }} {{ run.attempt }}",
                "last": "{{ last.status | default('never') }}",
                "plain": 1.0,
            }
            action = webhook(url=receiver.url + "/{{ input.n }}", payload=payload)
            await client.post("/agents", {"name": "a", "inputs": [{"n": 1}, {"n": 2}], "actions": [action]})
            for _ in range(2):
                assert (await run(client))["ok"]
            first, second = (json.loads(arrival.body) for arrival in receiver.wait_for(2))
            assert first == {
                "who": "a",
                "newest": {"n": 2},
                "count": 2,
                "why": "manual 1",
                "last": "never",
                "plain": 1.0,
            }
            assert second == first | {"last": 200}

    with_engine(story)


def test_each_input_is_new_to_one_successful_run(with_engine: Tell) -> None:
    async def story(client: Client) -> None:
        with Receiver().listening() as receiver:
            action = webhook(url=receiver.url, payload="{{ since_last }}")
            await client.post("/agents", {"name": "a", "inputs": [1], "actions": [action]})
            await run(client)
            await client.post("/agents/a/inputs", 2)
            receiver.status = 400
            assert not (await run(client))["ok"]
            await client.post("/agents/a/inputs", 3)
            receiver.status = 200
            await run(client)
            await run(client)
            bodies = [json.loads(arrival.body) for arrival in receiver.wait_for(4)]
            assert bodies == [[1], [2], [2, 3], []]

    with_engine(story)


def test_a_secret_reaches_the_receiver_and_nobody_else(
    with_engine: Tell, capfd: pytest.CaptureFixture[str]
) -> None:
    async def story(client: Client) -> None:
        with Receiver().listening() as receiver:
            receiver.body = f"you are {KEY}".encode()
            action = webhook(
                url=receiver.url,
                headers={"Authorization": "Bearer {{ secret('file:key') }}"},
                payload={"key": "{{ secret('file:key') }}"},
            )
            await client.post("/agents", {"name": "a", "actions": [action]})
            sent = await run(client)
            receiver.status = 500
            failed = await run(client)
            arrivals = receiver.wait_for(2)
            assert arrivals[0].headers["Authorization"] == f"Bearer {KEY}"
            assert arrivals[0].body == b'{"key":"' + KEY.encode() + b'"}'
            assert failed["error"].endswith("500: you are ***")
            row = (await client.get(f"/runs/{sent['run']}")).json()
            assert row["attempts"][0]["body"] == "you are ***"
            dry = await run(client, "?dry=true")
            assert dry["request"]["body"] == '{"key":"***"}'
            assert dry["request"]["headers"]["Authorization"] == "***"
            told = [(await client.get(path)).body for path in ("/runs", "/agents", "/schedules")]
            assert KEY.encode() not in b"".join(told)

    with_engine(story)
    assert KEY not in "".join(capfd.readouterr())


def test_a_dry_run_shows_the_rendered_request_and_sends_and_keeps_nothing(with_engine: Tell) -> None:
    async def story(client: Client) -> None:
        with Receiver().listening() as receiver:
            step = webhook(
                url=receiver.url + "/{{ input }}?key={{ secret('file:key') }}", payload=["{{ agent }}"]
            )
            action = every("1h", action=step)
            await client.post("/agents", {"name": "a", "inputs": ["x y"], "actions": [action]})
            outcome = await run(client, "?dry=true")
            assert outcome["request"]["url"] == f"{receiver.url}/x%20y?key=***"
            assert outcome["request"]["body"] == '["a"]'
            assert (outcome["ok"], outcome["dry"]) == (True, True)
            assert receiver.arrivals == []
            assert (await client.get("/runs")).json()["items"] == []

    with_engine(story)


def test_what_cannot_be_rendered_fails_at_once_with_its_place(with_engine: Tell) -> None:
    async def story(client: Client) -> None:
        action = webhook(payload={"a": "{{ input.subject }}"})
        await client.post("/agents", {"name": "a", "actions": [action]})
        said = "cannot be prepared: undefined value: `input` is undefined ($.payload)"
        for outcome in (await run(client), await run(client, "?dry=true")):
            assert (outcome["ok"], outcome["error"]) == (False, said)
        (row,) = (await client.get("/runs")).json()["items"]
        assert (row["state"], row["reason"], row["attempt"]) == ("failed", said, 1)

    with_engine(story)


def test_unknown_names_are_warned_of_when_saved(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        action = every("1h", action=webhook(payload={"a": ["{{ inptus }}"]}))
        saved = (await client.post("/agents", {"name": "a", "actions": [action]})).json()
        place = "$.actions[0].action.payload.a[0]"
        doubt = "nothing is called `inptus` here: did you mean `inputs`?"
        assert saved["warnings"] == [f"agent `a`, {place}: {doubt}"]

    with_app(story)


def test_names_that_a_condition_will_never_be_told_are_warned_of(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        actions = [
            every("1h", when="input.n > 1", action=webhook()),
            {"type": "on_input", "when": "inputs or input.n", "action": webhook()},
        ]
        saved = (await client.post("/agents", {"name": "a", "actions": actions})).json()
        first, second = saved["warnings"]
        assert first.startswith("agent `a`, $.actions[0].when: nothing is called `input` here")
        assert second.startswith("agent `a`, $.actions[1].when: nothing is called `inputs` here")

    with_app(story)


@pytest.mark.parametrize("as_string", [True, False])
def test_a_template_that_cannot_be_read_is_refused_with_its_place(with_app: Tell, as_string: bool) -> None:  # noqa: FBT001 - a table's column
    async def story(client: Client) -> None:
        action: Any = every("1h", action=webhook(payload={"a": ["{{ x"]}))
        body = {"name": "a", "actions": [json.dumps(action) if as_string else action]}
        refused = await client.post("/agents", body)
        assert (refused.status, refused.json()["path"]) == (422, "$.actions[0].action.payload.a[0]")

    with_app(story)
