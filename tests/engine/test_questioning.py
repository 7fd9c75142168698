"""Questions to models: what is asked, what the ledger keeps of the answer, and that nothing is paid twice."""

import asyncio
import json
from typing import Any

import pytest

from making import DAY, every
from model_server import Said
from pypes.engine import engine as module
from pypes.engine.claiming import claim
from pypes.model.budget import Amount, Budget, Wish
from pypes.store.correcting import cancel, retry
from pypes.store.stepping import begin_asking

from .conftest import Tell
from .scene import Scene

MATTERS = {
    "type": "object",
    "properties": {"matters": {"type": "boolean"}, "text": {"type": "string"}},
    "required": ["matters"],
}


def answer(**fields: Any) -> Said:
    """What a model says when it gives an object."""
    return Said(tools=(("final_result", fields),))


def test_the_ledger_keeps_the_answer_and_what_it_cost(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        on.model.script = [Said("All quiet", tokens=(1000, 500))]
        await on.save(on.llm(system="Be brief."), inputs=[])
        ended = await on.run()
        assert ended.state == ("succeeded", None)
        (attempt,) = ended.attempts
        assert attempt["output"] == "All quiet"
        spent = attempt["spent"]
        assert (spent["model"], spent["requests"]) == ("openai:test-model", 1)
        assert (spent["tokens_in"], spent["tokens_out"]) == (1000, 500)
        assert (spent["usd"], spent["price"]) == (0.002, "the action")
        assert attempt["timing"]["total"] >= 0
        assert "Be brief." in on.model.asked[0].words

    tell(story)


def test_a_prompt_knows_the_inputs_of_its_agent(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        await on.save(on.llm("Mail: {{ inputs | tojson }}"), inputs=[{"subject": "fire"}])
        await on.run()
        content = on.model.asked[0].body["messages"][-1]["content"]
        assert content == 'Mail: [{"subject":"fire"}]'

    tell(story)


def test_an_empty_answer_ends_the_run_silently_and_nobody_is_told(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        on.model.script = [Said("  \n")]
        await on.save({"type": "sequence", "steps": [on.llm(), on.hook({"text": "{{ previous }}"})]})
        ended = await on.run()
        assert ended.state == ("succeeded", "silent")
        assert ended.attempts[1]["note"] == "not reached: there was nothing to say"
        assert on.receiver.arrivals == []

    tell(story)


def test_an_object_is_checked_and_sent_back_once_to_be_repaired(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        on.model.script = [answer(matters="perhaps"), answer(matters=True, text="fire")]
        await on.save(
            {
                "type": "sequence",
                "steps": [
                    on.llm(output_schema=MATTERS),
                    on.hook({"text": "{{ previous.text }}"}, when="previous.matters"),
                ],
            }
        )
        ended = await on.run()
        assert ended.state == ("succeeded", None)
        assert ended.attempts[0]["output"] == {"matters": True, "text": "fire"}
        assert ended.attempts[0]["spent"]["requests"] == 2
        assert "'perhaps' is not of type 'boolean'" in on.model.asked[1].words
        assert on.receiver.arrivals[0].body == b'{"text": "fire"}'

    tell(story)


def test_an_object_that_stays_wrong_fails_the_run_which_is_not_repeated(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        on.model.always = lambda _asked: answer(matters="perhaps")
        await on.save(every("1d", action=on.llm(output_schema=MATTERS)))
        ended = await on.until_over(await on.catch_up(on.clock.now() // DAY * DAY))
        assert ended.row.state == "failed"
        assert "cannot be used" in (ended.row.reason or "")
        assert len(on.model.asked) == 2
        assert ended.attempts[0]["spent"]["tokens_in"] == 200

    tell(story)


@pytest.mark.parametrize("said", [Said(status=500), Said(drops=True)])
def test_what_may_have_cost_something_ends_unknown_and_is_never_repeated_by_itself(
    tell: Tell, said: Said
) -> None:
    async def story(on: Scene) -> None:
        on.model.script = [said]
        await on.save(every("1d", action=on.llm()))
        run_id = await on.catch_up(on.clock.now() // DAY * DAY)
        ended = await on.until_over(run_id)
        assert ended.row.state == "unknown"
        assert "may have cost something" in (ended.row.reason or "")
        assert len(on.model.asked) == 1
        await on.store.write(lambda tx: retry(tx, run_id, on.clock.now()))
        assert (await on.until_over(run_id)).state == ("succeeded", None)
        assert len(on.model.asked) == 2

    tell(story)


def test_a_model_that_does_not_answer_in_time_is_given_up_and_the_run_ends_unknown(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        on.model.gate.clear()
        await on.save(on.llm(limits={"seconds": 0.2}))
        ended = await on.run()
        assert ended.row.state == "unknown"
        assert (ended.row.reason or "").startswith("the model did not answer within 0.2 seconds")

    tell(story)


def test_a_refusal_before_anything_was_spent_is_tried_again(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        on.model.script = [Said(status=429), Said(status=503), Said("at last")]
        await on.save(every("1d", action=on.llm(retry={"attempts": 3, "backoff": "10ms"})))
        ended = await on.until_over(await on.catch_up(on.clock.now() // DAY * DAY))
        assert ended.state == ("succeeded", None)
        assert [attempt.get("error", "")[:31] for attempt in ended.attempts] == [
            "the model's server answered 429",
            "the model's server answered 503",
            "",
        ]

    tell(story)


def test_a_key_that_is_refused_fails_the_run_at_once(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        on.model.always = lambda _asked: Said(status=401)
        await on.save(every("1d", action=on.llm(retry={"attempts": 3, "backoff": "10ms"})))
        ended = await on.until_over(await on.catch_up(on.clock.now() // DAY * DAY))
        assert ended.row.state == "failed"
        assert len(on.model.asked) == 1

    tell(story)


def test_a_question_that_was_under_way_when_its_daemon_died_is_unknown_and_not_asked_again(
    tell: Tell,
) -> None:
    async def story(on: Scene) -> None:
        await on.stop()
        await on.save(on.llm())
        run_id = await on.request()
        now = on.clock.now()
        (run,) = (await on.store.write(lambda tx: claim(tx, now=now, owner="dead", limit=9))).runs
        wish = Wish(most=Amount(1000, 0), least=Amount(10, 0), is_priced=True)
        begun = await on.store.write(
            lambda tx: begin_asking(
                tx, run, 0, wish, owner="dead", of_all=Budget(), in_run=Amount(), started_at=now, now=now
            )
        )
        assert begun is not None
        await on.start()
        ended = await on.until_over(run_id)
        assert ended.row.state == "unknown"
        assert (ended.row.reason or "").startswith("the daemon died while the model was asked")
        assert on.model.asked == []
        await on.store.write(lambda tx: retry(tx, run_id, on.clock.now()))
        assert (await on.until_over(run_id)).state == ("succeeded", None)
        assert len(on.model.asked) == 1

    tell(story)


def test_a_stop_while_a_model_thinks_ends_the_run_unknown(
    tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STOP_PATIENCE", 0.01)

    async def story(on: Scene) -> None:
        on.model.gate.clear()
        await on.save(on.llm())
        run_id = await on.request()
        await asyncio.to_thread(on.model.wait_for, 1)
        await on.stop()
        ended = await on.until_over(run_id)
        assert ended.row.state == "unknown"
        assert "the daemon stopped while the model was asked" in (ended.row.reason or "")

    tell(story)


def test_a_question_that_is_cancelled_says_that_it_may_have_cost_something(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        on.model.gate.clear()
        await on.save(on.llm())
        run_id = await on.request()
        await asyncio.to_thread(on.model.wait_for, 1)
        await on.store.write(lambda tx: cancel(tx, run_id, on.clock.now()))
        ended = await on.until(run_id, lambda row: len(row.attempts) > 2)
        assert ended.row.state == "cancelled"
        assert "may have cost something" in ended.attempts[0]["error"]

    tell(story)


def test_a_condition_on_the_trigger_is_asked_before_any_token_is_spent(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        await on.save(every("100ms", action=on.llm(), when="since_last | length > 0"))
        while not await on.ledger():
            await on.store.bell.wait(0.2)
        rows = await on.ledger()
        assert {(row.state, row.reason) for row in rows} == {("skipped", "condition")}
        assert on.model.asked == []

    tell(story)


def test_a_key_is_looked_up_when_it_is_needed_and_stands_nowhere(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        folder = on.home / "secrets"
        folder.mkdir(mode=0o700)
        (folder / "model").write_text("sk-very-secret")
        (folder / "model").chmod(0o600)
        on.model.script = [Said("your key is sk-very-secret")]
        await on.save(on.llm(api_key="file:model"))
        ended = await on.run()
        headers = {name.lower(): value for name, value in on.model.asked[0].headers.items()}
        assert headers["authorization"] == "Bearer sk-very-secret"
        assert ended.attempts[0]["output"] == "your key is ***"

    tell(story)


def test_a_key_that_is_not_there_fails_the_run_before_anything_is_asked(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        await on.save(on.llm(api_key="file:model"))
        ended = await on.run()
        assert ended.row.state == "failed"
        assert "there is no secret" in (ended.row.reason or "")
        assert on.model.asked == []

    tell(story)


def test_anthropics_format_is_spoken_as_well(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        on.model.script = [answer(matters=True)]
        url = on.model.url.removesuffix("/v1")
        await on.save(on.llm(model="anthropic:claude-test", base_url=url, output_schema=MATTERS))
        ended = await on.run()
        assert ended.attempts[0]["output"] == {"matters": True}
        assert on.model.asked[0].path == "/v1/messages"

    tell(story)


def test_an_address_that_is_never_a_target_is_not_asked(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        await on.save(on.llm())
        ended = await on.run()
        assert ended.row.state == "failed"
        assert "--allow-target" in (ended.row.reason or "")
        assert on.model.asked == []

    tell(story, host="0.0.0.0", token="t")


def test_what_a_model_says_creates_and_changes_no_schedule(tell: Tell) -> None:
    """There is no path from an answer to a definition: an agent is saved by the API alone."""

    async def story(on: Scene) -> None:
        sneaky = {"name": "a", "actions": [every("1s", action=on.hook())]}
        on.model.script = [Said(json.dumps(sneaky)), Said(json.dumps(every("1s", action=on.hook())))]
        await on.save({"type": "sequence", "steps": [on.llm(state="{{ output }}"), on.llm("{{ previous }}")]})
        before = await on.store.read(lambda tx: (tx.counts(), tx.agents_page("", 9)))
        actions = await on.action()
        assert (await on.run()).state == ("succeeded", None)
        after = await on.store.read(lambda tx: (tx.counts(), tx.agents_page("", 9)))
        assert after[0] | {"runs": 0} == before[0] | {"runs": 0}
        assert after[1] == before[1]
        assert await on.action() == actions
        assert await on.store.read(lambda tx: tx.schedules_page("", 9)) == []

    tell(story)
