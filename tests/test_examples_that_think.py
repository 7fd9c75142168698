"""The examples that think, run as they lie there: only model, page and Slack stand on the loopback."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.scene import Scene, scene
from model_server import Asked, Said
from pypes.store.saving import append_inputs
from pypes.store.store import Store

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture
def tell(with_store: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Tell a story on a scene on which an example lives."""

    def on_scene(story: Any) -> None:
        async def run(store: Store) -> None:
            async with scene(store, home, monkeypatch) as on_it:
                (home / "secrets").mkdir(mode=0o700)
                (home / "secrets" / "slack").write_text(on_it.receiver.url + "/slack")
                (home / "secrets" / "slack").chmod(0o600)
                await on_it.start()
                await story(on_it)

        with_store(run)

    return on_scene


async def live(on: Scene, name: str, **replaced: str) -> None:
    """Save an example; every model is the scripted one, and some addresses are ours."""
    agent = json.loads((EXAMPLES / f"{name}.json").read_text())
    for step in agent["actions"][0]["action"]["steps"]:
        if step["type"] == "llm":
            step["base_url"] = on.model.url
        step |= {key: replaced.get(value, value) for key, value in step.items() if isinstance(value, str)}
    await on.save(*agent["actions"], options=agent.get("options", {}))


async def post(on: Scene, *values: Any) -> None:
    agent_id = (await on.action()).agent_id
    texts = [json.dumps(value) for value in values]
    await on.store.write(lambda tx: append_inputs(tx, agent_id, texts, on.clock.now()))


def told(on: Scene) -> list[str]:
    """What Slack was told."""
    return [json.loads(each.body)["text"] for each in on.receiver.arrivals if b"text" in each.body]


def judgement(asked: Asked) -> Said:
    """What a model might say that can tell a fire from a newsletter."""
    mails = asked.body["messages"][-1]["content"]
    matters = "leak" in mails
    text = "Call the plumber: the cellar is leaking." if matters else "Nothing."
    return Said(tools=(("final_result", {"matters": matters, "text": text}),))


def test_the_inbox_is_checked_and_somebody_is_told_only_if_something_matters(tell: Any) -> None:
    async def story(on: Scene) -> None:
        on.model.always = judgement
        await live(on, "inbox-check")
        await post(on, {"from": "shop", "subject": "Sale!"})
        assert (await on.run()).state == ("succeeded", "silent")
        assert told(on) == []
        await post(on, {"from": "neighbour", "subject": "Is your cellar leaking?"})
        assert (await on.run()).state == ("succeeded", None)
        assert told(on) == ["Call the plumber: the cellar is leaking."]
        assert "Sale!" not in on.model.asked[1].words
        assert "neighbour" in on.model.asked[1].words

    tell(story)


def test_the_day_is_summed_up_with_what_was_said_the_day_before(tell: Any) -> None:
    async def story(on: Scene) -> None:
        on.model.script = [Said("It rained."), Said("It rained again.")]
        await live(on, "nightly-summary")
        await post(on, "rain at noon")
        await on.run()
        await post(on, "rain at five")
        await on.run()
        assert told(on) == ["Summary of the day\nIt rained.", "Summary of the day\nIt rained again."]
        second = on.model.asked[1].body["messages"][-1]["content"]
        assert second == 'Notes of today:\n["rain at five"]\n\nYesterday you wrote:\nIt rained.'

    tell(story)


def test_a_page_is_watched_and_the_model_is_asked_only_when_it_has_changed(tell: Any) -> None:
    async def story(on: Scene) -> None:
        on.model.script = [Said("The price fell to 3 euros.")]
        await live(on, "page-watcher", **{"https://example.com/": on.receiver.url + "/page"})
        on.receiver.body = b"<p>5 euros</p>"
        states = [(await on.run()).state for _ in range(2)]
        on.receiver.body = b"<p>3 euros</p>"
        states.append((await on.run()).state)
        states.append((await on.run()).state)
        assert states == [("succeeded", "silent")] * 2 + [("succeeded", None), ("succeeded", "silent")]
        assert len(on.model.asked) == 1
        assert "Before:\\n<p>5 euros</p>\\n\\nNow:\\n<p>3 euros</p>" in on.model.asked[0].words
        assert told(on) == ["The page has changed: The price fell to 3 euros."]
        assert await on.state() == {"page": "<p>3 euros</p>"}

    tell(story)


def test_they_are_written_for_a_model_of_ones_own_that_costs_nothing(tell: Any) -> None:
    async def story(on: Scene) -> None:
        on.model.always = judgement
        await live(on, "inbox-check")
        await post(on, "leak")
        ended = await on.run()
        assert ended.attempts[0]["spent"]["usd"] == 0
        assert ended.attempts[0]["spent"]["model"] == "ollama:llama3.2"

    tell(story)
