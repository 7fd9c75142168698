"""Memory: what an agent remembers from one run to the next."""

import json
from typing import Any

from model_server import Said
from pypes.store.correcting import retry
from pypes.store.saving import delete_agent

from .conftest import Tell
from .scene import Scene


def steps(*given: Any) -> dict[str, Any]:
    return {"type": "sequence", "steps": given}


def test_a_step_may_replace_the_state_and_the_next_run_knows_it(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        watched = on.hook(state={"page": "{{ output.body }}"})
        told = on.hook({"was": "{{ state.page | default('nothing') }}"}, when="previous.body != state.page")
        await on.save(steps(watched, told))
        on.receiver.body = b"one"
        assert (await on.run()).state == ("succeeded", None)
        assert await on.state() == {"page": "one"}
        assert (await on.run()).state == ("succeeded", "silent")
        on.receiver.body = b"two"
        await on.run()
        assert await on.state() == {"page": "two"}
        told_bodies = [json.loads(each.body) for each in on.receiver.arrivals if b"was" in each.body]
        assert told_bodies == [{"was": "nothing"}, {"was": "one"}]

    tell(story)


def test_the_state_of_a_run_that_fails_is_not_kept(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        await on.save(steps(on.hook(state={"seen": 1}), on.hook(url="http://127.0.0.1:9/")))
        assert (await on.run()).row.state == "failed"
        assert await on.state() is None

    tell(story)


def test_a_retry_by_hand_keeps_what_the_steps_before_have_left(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        on.model.script = [Said("noted")]
        await on.save(steps(on.llm(state={"note": "{{ output }}"}), on.hook()))
        on.receiver.status = 500
        failed = await on.run()
        on.receiver.status = 200
        await on.store.write(lambda tx: retry(tx, failed.row.id, on.clock.now()))
        await on.until_over(failed.row.id)
        assert await on.state() == {"note": "noted"}

    tell(story)


def test_a_state_over_its_size_fails_the_run_and_what_the_model_cost_is_told(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        on.model.script = [Said("x" * 70_000)]
        await on.save(on.llm(state={"text": "{{ output }}"}))
        ended = await on.run()
        assert ended.row.state == "failed"
        assert "larger than 64 KB" in (ended.row.reason or "")
        assert ended.attempts[0]["spent"]["tokens_in"] == 100

    tell(story)


def test_last_is_what_the_last_run_came_to(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        on.model.script = [Said("Monday was quiet"), Said("  "), Said(status=401)]
        await on.save(
            steps(on.llm("{{ last.state | default('new') }}: {{ last.output | default('-') }}"), on.hook())
        )
        for _ in range(4):
            await on.run()
        words = [asked.body["messages"][-1]["content"] for asked in on.model.asked]
        assert words == ["new: -", "succeeded: Monday was quiet", "succeeded:   ", "failed: null"]

    tell(story)


def test_an_agent_that_is_removed_is_forgotten(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        await on.save(on.llm(state={"x": 1}))
        await on.run()
        agent_id = (await on.action()).agent_id
        await on.store.write(lambda tx: delete_agent(tx, "a", on.clock.now()))
        assert await on.store.read(lambda tx: tx.agent_state(agent_id)) is None

    tell(story)
