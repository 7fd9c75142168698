"""Runs that are done step by step: what each step sees, what is on disk, where a run goes on."""

import asyncio
from typing import Any

import pytest

from living import Arrival
from making import DAY, every
from model_server import Said
from pypes.engine import engine as module
from pypes.engine.claiming import claim
from pypes.engine.lease import Lease
from pypes.model.stepping import steps_of, words_of
from pypes.store.correcting import cancel, retry
from pypes.store.scheduling import pause_schedule
from pypes.store.stepping import note_step

from .conftest import Tell
from .scene import Scene


def steps(*steps: Any, **fields: Any) -> dict[str, Any]:
    return {"type": "sequence", "steps": steps, **fields}


def in_trigger(*given: Any) -> dict[str, Any]:
    return every("1d", action=steps(*given), when="false")


def names(arrivals: list[Arrival]) -> list[str]:
    """Which step each request was."""
    return [arrival.run.rpartition("-")[2] for arrival in arrivals]


def a_past_slot(on: Scene) -> int:
    return on.clock.now() // DAY * DAY


def test_a_step_sees_what_came_of_the_one_before(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        on.model.script = [Said("Buy milk")]
        on.receiver.body = b'{"mail":"milk is out"}'
        await on.save(
            steps(
                on.hook(),
                on.llm("Summarise {{ previous.json.mail }} ({{ previous.status }})"),
                on.hook({"text": "{{ previous }}"}),
            )
        )
        ended = await on.run()
        assert ended.state == ("succeeded", None)
        assert "Summarise milk is out (200)" in on.model.asked[0].words
        first, second = on.receiver.arrivals
        assert second.body == b'{"text": "Buy milk"}'
        assert [first.run, second.run] == [f"{ended.row.id}-0", f"{ended.row.id}-2"]
        assert [attempt["step"] for attempt in ended.attempts] == [0, 1, 2]
        assert ended.attempts[1]["output"] == "Buy milk"

    tell(story)


def test_a_failure_ends_the_run_and_the_steps_behind_it_are_not_done(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        on.receiver.status = 410
        await on.save(steps(on.hook(), on.hook()))
        ended = await on.run()
        assert ended.row.state == "failed"
        assert "410" in (ended.row.reason or "")
        assert names(on.receiver.arrivals) == ["0"]

    tell(story)


def test_a_retry_goes_on_with_the_step_that_failed(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        patient = {"attempts": 3, "backoff": "10ms"}
        broken = on.hook(url="http://127.0.0.1:9/", retry=patient)
        await on.save(in_trigger(on.hook(), broken, on.hook()))
        run_id = await on.catch_up(a_past_slot(on))
        ended = await on.until_over(run_id)
        assert ended.row.state == "failed"
        assert [attempt["step"] for attempt in ended.attempts] == [0, 1, 1, 1]
        assert names(on.receiver.arrivals) == ["0"]

    tell(story)


def test_each_try_of_a_step_carries_the_same_id_and_its_own_number(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        on.receiver.status = 503
        await on.save(in_trigger(on.hook(retry={"attempts": 2, "backoff": "10ms"})))
        run_id = await on.catch_up(a_past_slot(on))
        await on.until_over(run_id)
        assert [each.run for each in on.receiver.arrivals] == [f"{run_id}-0"] * 2
        assert [each.headers["pypes-attempt"] for each in on.receiver.arrivals] == ["1", "2"]

    tell(story)


def test_a_retry_by_hand_goes_on_with_the_step_that_failed_and_knows_what_came_before(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        on.model.script = [Said("first words")]
        await on.save(steps(on.llm(), on.hook({"text": "{{ previous }}"})))
        on.receiver.status = 500
        failed = await on.run()
        assert failed.row.state == "failed"
        on.receiver.status = 200
        await on.store.write(lambda tx: retry(tx, failed.row.id, on.clock.now()))
        ended = await on.until_over(failed.row.id)
        assert ended.state == ("succeeded", None)
        assert len(on.model.asked) == 1
        assert on.receiver.arrivals[-1].body == b'{"text": "first words"}'
        assert await on.store.read(lambda tx: tx.steps_of_run(failed.row.id)) == []

    tell(story)


def test_what_a_dead_daemon_began_goes_on_with_the_step_that_was_not_recorded(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        await on.stop()
        await on.save(steps(on.hook(), on.hook({"before": "{{ previous.body }}"})))
        run_id = await on.request()
        now = on.clock.now()
        (run,) = (await on.store.write(lambda tx: claim(tx, now=now, owner="dead", limit=9))).runs
        run_steps = steps_of(run.definition)
        first = '[{"started":1,"finished":2,"step":0,"status":200}]'
        await on.store.write(
            lambda tx: note_step(
                tx,
                run,
                0,
                owner="dead",
                attempts=first,
                output='{"status":200,"body":"kept"}',
                state=None,
                words=words_of(run_steps[0]),
                spent=None,
                started_at=now,
                now=now,
            )
        )
        await on.start()
        ended = await on.until_over(run_id)
        assert ended.state == ("succeeded", None)
        assert names(on.receiver.arrivals) == ["1"]
        assert on.receiver.arrivals[0].body == b'{"before": "kept"}'

    tell(story)


def test_a_false_condition_ends_the_run_silently_and_says_what_was_not_reached(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        on.receiver.body = b'{"new":0}'
        await on.save(steps(on.hook(), on.hook(when="previous.json.new > 0"), on.hook()))
        ended = await on.run()
        assert ended.state == ("succeeded", "silent")
        assert names(on.receiver.arrivals) == ["0"]
        assert [attempt.get("note") for attempt in ended.attempts] == [
            None,
            "not reached: its condition is false",
            "not reached: its condition is false",
        ]

    tell(story)


def test_a_template_that_cannot_be_rendered_fails_the_run_before_anything_is_sent(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        await on.save(steps(on.hook(), on.hook({"x": "{{ previous.json.missing.deeper }}"})))
        ended = await on.run()
        assert ended.row.state == "failed"
        assert (ended.row.reason or "").startswith("step 1")
        assert "cannot be prepared" in (ended.row.reason or "")
        assert names(on.receiver.arrivals) == ["0"]

    tell(story)


def test_a_step_sees_more_of_an_answer_than_the_ledger_keeps(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        on.receiver.body = b"x" * 100_000
        await on.save(steps(on.hook(), on.hook({"length": "{{ previous.body | length }}"})))
        ended = await on.run()
        assert on.receiver.arrivals[1].body == b'{"length": 100000}'
        assert len(ended.attempts[0]["body"]) == 4096

    tell(story)


def test_a_run_that_is_cancelled_drops_what_is_under_way(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        on.receiver.gate.clear()
        await on.save(steps(on.hook(), on.hook()))
        run_id = await on.request()
        await asyncio.to_thread(on.receiver.wait_for, 1)
        await on.store.write(lambda tx: cancel(tx, run_id, on.clock.now()))
        ended = await on.until(run_id, lambda row: len(row.attempts) > 2)
        assert ended.state == ("cancelled", "cancelled by hand")
        assert ended.attempts[0]["error"] == "cancelled"
        on.receiver.gate.set()
        assert names(on.receiver.arrivals) == ["0"]

    tell(story)


def test_a_stop_gives_back_a_request_under_way_and_the_next_start_goes_on_there(
    tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STOP_PATIENCE", 0.01)

    async def story(on: Scene) -> None:
        await on.save(steps(on.hook(), on.hook(url=on.receiver.url + "?second")))
        run_id = await on.request()
        await on.until(run_id, lambda row: len(row.attempts) > 2)
        ended = await on.until_over(run_id)
        assert ended.row.state == "succeeded"
        on.receiver.gate.clear()
        run_id = await on.request()
        await asyncio.to_thread(on.receiver.wait_for, 3)
        await on.stop()
        row = await on.store.read(lambda tx: tx.run_by_id(run_id))
        assert row is not None
        assert (row.state, row.attempt) == ("waiting", 0)
        on.receiver.gate.set()
        await on.start()
        assert (await on.until_over(run_id)).state == ("succeeded", None)
        assert names(on.receiver.arrivals) == ["0", "1", "0", "0", "1"]

    tell(story)


def test_a_run_waits_for_its_instant_and_is_not_begun_when_its_trigger_is_paused(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        trigger = every("1d", action=steps(on.hook()))
        await on.save(trigger)
        action = await on.action()
        soon = a_past_slot(on) + DAY - 500_000
        claimed = await on.store.write(lambda tx: claim(tx, now=soon, owner=owner(on), limit=9))
        assert len(claimed.runs) == 1
        assert on.engine is not None
        on.engine._dispatcher.add(claimed.runs)
        assert on.engine._dispatcher.held == 1
        await on.store.write(
            lambda tx: pause_schedule(tx, action.id, action.definition, note=None, until=None, now=soon)
        )
        ended = await on.until_over(claimed.runs[0].id)
        assert ended.state == ("skipped", "paused")
        while on.engine._dispatcher.held:
            await on.store.bell.wait(0.05)
        assert on.receiver.arrivals == []

    tell(story)


def owner(on: Scene) -> str:
    assert on.engine is not None
    return on.engine.owner


def test_secrets_stand_in_no_row_of_the_ledger_and_in_no_output(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        folder = on.home / "secrets"
        folder.mkdir(mode=0o700)
        (folder / "key").write_text("topsecret")
        (folder / "key").chmod(0o600)
        on.receiver.body = b"you said topsecret"
        await on.save(
            steps(
                on.hook({"key": "{{ secret('file:key') }}"}),
                on.hook({"echo": "{{ previous.body }}"}),
            )
        )
        ended = await on.run()
        assert on.receiver.arrivals[0].body == b'{"key": "topsecret"}'
        assert on.receiver.arrivals[1].body == b'{"echo": "you said ***"}'
        assert "topsecret" not in ended.row.attempts

    tell(story)


def test_a_retry_after_an_edit_keeps_the_steps_that_read_as_before(tell: Tell) -> None:
    async def story(on: Scene) -> None:
        on.model.script = [Said("kept"), Said("asked anew")]
        broken = on.hook({"text": "{{ previous }}"}, url="http://127.0.0.1:9/")
        await on.save(steps(on.llm(), broken, id="think"))
        failed = await on.run()
        assert failed.row.state == "failed"
        await on.save(steps(on.llm(), on.hook({"text": "{{ previous }}"}), id="think"))
        await on.store.write(lambda tx: retry(tx, failed.row.id, on.clock.now()))
        assert (await on.until_over(failed.row.id)).state == ("succeeded", None)
        assert len(on.model.asked) == 1
        assert on.receiver.arrivals[0].body == b'{"text": "kept"}'

        on.receiver.status = 500
        failed = await on.run()
        on.receiver.status = 200
        await on.save(steps(on.llm("another question"), on.hook({"text": "{{ previous }}"}), id="think"))
        await on.store.write(lambda tx: retry(tx, failed.row.id, on.clock.now()))
        assert (await on.until_over(failed.row.id)).state == ("succeeded", None)
        assert "another question" in on.model.asked[-1].words

    tell(story)


def test_a_daemon_that_may_start_nothing_begins_no_further_step(
    tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(on: Scene) -> None:
        on.receiver.gate.clear()
        await on.save(steps(on.hook(), on.hook()))
        run_id = await on.request()
        await asyncio.to_thread(on.receiver.wait_for, 1)
        looks = 0
        asked = asyncio.Event()

        def holds(_lease: Lease) -> bool:
            nonlocal looks
            looks += 1
            if looks > 2:
                asked.set()
            return False

        with monkeypatch.context() as context:
            context.setattr(Lease, "holds", holds)
            on.receiver.gate.set()
            await asked.wait()
            assert names(on.receiver.arrivals) == ["0"]
        assert (await on.until_over(run_id)).state == ("succeeded", None)
        assert names(on.receiver.arrivals) == ["0", "1"]

    tell(story)
