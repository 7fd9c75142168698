"""Running by hand: every action in its order, and what came of it."""

from dataclasses import replace
from typing import Any

import pytest

from living import Receiver
from making import cron, every, webhook
from pypes.errors import Unavailable
from pypes.instants import parse_instant
from pypes.web import running

from .client import Client
from .conftest import Tell


async def run(client: Client, query: str = "") -> list[dict[str, Any]]:
    outcomes: list[dict[str, Any]] = (await client.post(f"/agents/a/run{query}")).json()
    return outcomes


def test_every_action_is_run_in_its_order_and_triggers_tell_their_next_fire(with_engine: Tell) -> None:
    async def story(client: Client) -> None:
        with Receiver().listening() as receiver:
            actions = [webhook(url=receiver.url), cron("0 12 1 1 *"), "fetch_url", '{"broken']
            await client.post("/agents?keep=unrecognized", {"name": "a", "actions": actions})
            sent, told, label, broken = await run(client)
            assert sent == {
                "action": 0,
                "type": "webhook",
                "ok": True,
                "status": 200,
                "bytes": 11,
                "run": receiver.wait_for(1)[0].run,
            }
            assert told["next"].endswith("-01-01T12:00:00Z")
            assert told == {"action": 1, "type": "cron", "ok": True, "expression": "0 12 1 1 *"} | {
                "next": told["next"]
            }
            assert label == {
                "action": 2,
                "type": "unrecognized",
                "raw": "fetch_url",
                "error": "it is not a JSON object",
            }
            assert (broken["type"], broken["raw"]) == ("unrecognized", '{"broken')
            assert "ok" not in broken

    with_engine(story)


def test_a_run_by_hand_is_a_row_of_the_ledger(with_engine: Tell) -> None:
    async def story(client: Client) -> None:
        with Receiver().listening() as receiver:
            await client.post("/agents", {"name": "a", "actions": [webhook(url=receiver.url)]})
            (outcome,) = await run(client)
            row = (await client.get(f"/runs/{outcome['run']}")).json()
            assert (row["trigger"], row["state"], row["attempt"]) == ("manual", "succeeded", 1)

    with_engine(story)


def test_a_failure_is_told_and_the_others_run_all_the_same(with_engine: Tell) -> None:
    async def story(client: Client) -> None:
        with Receiver().listening() as receiver:
            receiver.status, receiver.body = 500, b"kaboom"
            actions = [webhook(url=receiver.url), webhook(url="http://127.0.0.1:1/"), "label"]
            await client.post("/agents", {"name": "a", "actions": actions})
            answered, refused, label = await run(client)
            assert answered["error"] == "webhook returned non-success status 500: kaboom"
            assert (answered["ok"], answered["status"], answered["bytes"]) == (False, 500, 6)
            assert (refused["ok"], "status" in refused) == (False, False)
            assert "refused" in refused["error"]
            assert label["type"] == "unrecognized"
            assert len(receiver.arrivals) == 1

    with_engine(story)


def test_fire_does_what_a_trigger_wraps_and_moves_no_schedule(with_engine: Tell) -> None:
    async def story(client: Client) -> None:
        with Receiver().listening() as receiver:
            await client.post(
                "/agents", {"name": "a", "actions": [every("1d", action=webhook(url=receiver.url))]}
            )
            before = (await client.get("/schedules")).body
            (outcome,) = await run(client, "?fire=true")
            assert (outcome["type"], outcome["ok"], len(receiver.arrivals)) == ("webhook", True, 1)
            assert (await client.get("/schedules")).body == before

    with_engine(story)


def test_dry_renders_with_secrets_masked_and_sends_nothing(with_app: Tell) -> None:
    step = webhook(
        url="http://user:word@127.0.0.1:9/hook?x=1",
        headers={"X-Api-Key": "hidden", "X-Plain": "shown"},
        payload={"n": 1},
        method="PUT",
    )

    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a", "actions": [cron(action=step), "label"]})
        outcome, label = await run(client, "?dry=true")
        request = outcome["request"]
        assert (outcome["type"], outcome["ok"], outcome["dry"]) == ("webhook", True, True)
        assert request["method"] == "PUT"
        assert request["url"] == "http://***@127.0.0.1:9/hook?x=1"
        assert request["body"] == '{"n":1}'
        headers = request["headers"]
        assert (headers["Authorization"], headers["X-Api-Key"], headers["X-Plain"]) == ("***", "***", "shown")
        assert label["raw"] == "label"
        assert (await client.get("/runs")).json()["items"] == []

    with_app(story)


@pytest.mark.parametrize("action", ["1", "second"])
def test_one_action_is_chosen_by_its_index_or_its_id(with_engine: Tell, action: str) -> None:
    async def story(client: Client) -> None:
        with Receiver().listening() as receiver:
            actions = ["label", webhook(url=receiver.url, id="second"), webhook(url="http://127.0.0.1:1/")]
            await client.post("/agents", {"name": "a", "actions": actions})
            (outcome,) = await run(client, f"?action={action}")
            assert (outcome["action"], outcome["ok"]) == (1, True)
            for unknown in ("9", "9" * 5_000, "third"):
                assert (await client.post(f"/agents/a/run?action={unknown}")).status == 404

    with_engine(story)


@pytest.mark.parametrize(
    ("body", "next_fire"),
    [
        (None, "2026-05-03T13:00:00Z"),
        ({"until": "2026-05-03T14:30:00Z"}, "2026-05-03T15:00:00Z"),
        ({}, None),
    ],
)
def test_a_trigger_tells_when_it_will_really_fire_next(
    with_app: Tell, body: dict[str, str] | None, next_fire: str | None
) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a", "actions": [cron("0 * * * *")]})
        if body is not None:
            await client.post("/agents/a/pause", body)
        (outcome,) = await run(client)
        assert outcome["next"] == next_fire

    with_app(story)


def test_a_run_that_nobody_takes_is_told_as_such(with_app: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "PATIENCE", 0)

    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a", "actions": [webhook(timeout="1ms")]})
        (outcome,) = await run(client)
        assert (outcome["ok"], outcome["error"]) == (False, f"it has not ended yet: see run {outcome['run']}")

    with_app(story)


def test_somebody_who_executes_is_asked_for_only_where_something_is_to_be_sent(with_engine: Tell) -> None:
    asked: list[str] = []

    async def execute() -> None:
        asked.append("once")

    async def story(client: Client) -> None:
        client = Client(replace(client.services, execute=execute))
        await client.post("/agents", {"name": "a", "actions": [webhook(url="http://127.0.0.1:1/")]})
        await run(client, "?dry=true")
        assert asked == []
        await run(client)
        assert asked == ["once"]

    with_engine(story)


def test_nothing_is_run_where_nobody_can_execute(with_app: Tell) -> None:
    async def execute() -> None:
        raise Unavailable("nothing is executed here")

    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a", "actions": [webhook()]})
        idle = Client(replace(client.services, execute=execute))
        assert (await idle.post("/agents/a/run")).status == 503
        assert (await client.get("/runs")).json()["items"] == []

    with_app(story)


def test_an_unknown_agent_or_parameter_runs_nothing(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        assert (await client.post("/agents/nobody/run")).status == 404
        await client.post("/agents", {"name": "a", "actions": [webhook()]})
        assert (await client.post("/agents/a/run?dy=true")).status == 422
        assert (await client.post("/agents/a/run?dry=maybe")).status == 422
        refused = await client.post("/agents/a/run", {"dry": True})
        assert (refused.status, refused.json()["path"]) == (422, "$.dry")
        assert (await client.get("/runs")).json()["items"] == []

    with_app(story)


def test_next_fires_are_moments_that_can_be_read_again(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a", "actions": [every("250ms")]})
        (outcome,) = await run(client)
        assert parse_instant(outcome["next"]) == client.services.clock.now() + 250_000

    with_app(story)


def test_a_run_by_hand_minds_open_runs_only_when_told_to(
    with_app: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "PATIENCE", 0)

    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a", "actions": [webhook(timeout="1ms")]})
        (first,) = await run(client)
        (second,) = await run(client, "?overlap=skip")
        assert (first["ok"], second["ok"]) == (False, False)
        assert second["error"] == "a run of this action is open: wait for it, or choose another `overlap`"
        assert "run" not in second
        (third,) = await run(client, "?overlap=cancel_other")
        states = {each["id"]: each["state"] for each in (await client.get("/runs")).json()["items"]}
        assert (states[first["run"]], states[third["run"]]) == ("cancelled", "waiting")

    with_app(story)
