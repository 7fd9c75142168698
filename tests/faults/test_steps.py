"""kill -9 in the middle of a sequence: it goes on where it was, and pays nothing twice."""

import time
from pathlib import Path
from typing import Any

from living import PATIENCE, Daemon, Receiver
from making import every
from model_server import ModelServer


def sequence(*steps: Any) -> dict[str, Any]:
    return {"name": "a", "actions": [every("1d", action={"type": "sequence", "steps": steps})]}


def hook(receiver: Receiver, name: str) -> dict[str, Any]:
    return {
        "type": "webhook",
        "url": receiver.url,
        "payload": {"step": name, "before": "{{ previous.body }}"},
    }


def begin(daemon: Daemon) -> str:
    """Let a past slot be run; the run's id."""
    span = {"from": "2026-05-03T00:00:00Z", "to": "2026-05-03T00:00:00Z"}
    answer = daemon.call("POST", "/agents/a/backfill", span | {"action": 0})
    assert answer.status == 200, answer.body
    (run,) = daemon.rows(trigger="backfill")
    return str(run["id"])


def until_over(daemon: Daemon, run_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE
    while True:
        run: dict[str, Any] = daemon.call("GET", f"/runs/{run_id}").json()
        if run["state"] not in {"waiting", "running"}:
            return run
        assert time.monotonic() < deadline, run
        time.sleep(0.02)


def test_a_sequence_goes_on_where_its_daemon_was_killed(home: Path) -> None:
    with Receiver().listening() as receiver, Daemon(home).running() as daemon:
        first = hook(receiver, "first") | {"payload": {"step": "first"}}
        daemon.call("POST", "/agents", sequence(first, hook(receiver, "second"), hook(receiver, "third")))
        receiver.body = b"from the first"
        receiver.gate.clear()
        run_id = begin(daemon)
        receiver.wait_for(1)
        receiver.gate.set()
        receiver.wait_until(lambda arrivals: len(arrivals) >= 2)
        daemon.kill()
        daemon.start()
        run = until_over(daemon, run_id)
        assert run["state"] == "succeeded"
        assert [attempt["step"] for attempt in run["attempts"]] == [0, 1, 2]
        ids = [arrival.run.removeprefix(run_id) for arrival in receiver.arrivals]
        assert ids[0] == "-0"
        assert ids.count("-0") == 1
        assert ids[-1] == "-2"
        assert daemon.stop() == 0


def test_a_model_that_was_asked_when_its_daemon_was_killed_is_not_asked_again(home: Path) -> None:
    with (
        Receiver().listening() as receiver,
        ModelServer().listening() as model,
        Daemon(home).running() as daemon,
    ):
        question = {"type": "llm", "model": "openai:test-model", "base_url": model.url, "prompt": "hi"}
        told = hook(receiver, "second") | {"payload": {"text": "{{ previous }}"}}
        daemon.call("POST", "/agents", sequence(question, told))
        model.gate.clear()
        run_id = begin(daemon)
        model.wait_for(1)
        daemon.kill()
        model.gate.set()
        daemon.start()
        run = until_over(daemon, run_id)
        assert run["state"] == "unknown"
        assert "may have cost something" in run["reason"]
        assert len(model.asked) == 1
        assert receiver.arrivals == []
        daemon.call("POST", f"/runs/{run_id}/retry")
        assert until_over(daemon, run_id)["state"] == "succeeded"
        assert len(model.asked) == 2
        assert daemon.stop() == 0
