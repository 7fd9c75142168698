import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Pypes, Receiver, cron, webhook, write_agent


@pytest.fixture
def ran(either_way: Pypes, tmp_path: Path, receiver: Receiver) -> tuple[Pypes, dict[str, Any]]:
    """The command line, and a run that failed."""
    receiver.status, receiver.answer = 500, b"kaboom"
    either_way("apply", write_agent(tmp_path, "failing", webhook(receiver.url)))
    (outcome,) = either_way("agent", "failing", "run", "--json").json()
    receiver.status, receiver.answer = 200, b"hello world"
    return either_way, outcome


def test_runs_are_listed_with_what_became_of_them(ran: tuple[Pypes, dict[str, Any]]) -> None:
    pypes, outcome = ran
    (line,) = pypes("agent", "failing", "runs").out.splitlines()
    assert line.startswith(outcome["run"])
    assert "failing[0]  manual  failed" in line
    assert line.endswith("webhook returned non-success status 500: kaboom")
    assert pypes("runs", "--agent", "failing", "--state", "succeeded").out == ""
    assert pypes("runs", "--agent", "failing", "--json").json()["items"][0]["id"] == outcome["run"]


def test_one_run_is_shown_with_its_attempts(ran: tuple[Pypes, dict[str, Any]]) -> None:
    pypes, outcome = ran
    shown = pypes("runs", outcome["run"]).out
    assert "state" in shown
    assert "attempt 1" in shown
    assert "500 (6 bytes)" in shown
    assert pypes("runs", outcome["run"], "--json").json()["attempts"][0]["body"] == "kaboom"


def test_a_run_that_failed_is_tried_again(ran: tuple[Pypes, dict[str, Any]]) -> None:
    pypes, outcome = ran
    assert pypes("retry", outcome["run"]).code == 0
    again = pypes("retry", outcome["run"], "--payload", '{"n":2}', "--json").json()
    assert again["id"] != outcome["run"]
    assert pypes("retry", "0" * 30).code == 4


def test_what_is_over_cannot_be_cancelled(ran: tuple[Pypes, dict[str, Any]]) -> None:
    pypes, outcome = ran
    refused = pypes("cancel", outcome["run"])
    assert refused.code == 5


def test_slots_of_the_past_are_backfilled_once(either_way: Pypes, tmp_path: Path) -> None:
    either_way("apply", write_agent(tmp_path, "hourly", cron("0 * * * *")))
    words = ["backfill", "hourly", "--from", "2026-05-03T10:00:00Z", "--to", "2026-05-03T11:00:00Z"]
    slots = "2026-05-03 10:00:00 UTC\n2026-05-03 11:00:00 UTC\n"
    dry = either_way(*words, "--dry-run")
    assert (dry.out, dry.err) == (slots, "pypes: 2 slot(s), 0 new run(s)\n")
    filled = either_way(*words)
    assert (filled.out, filled.err) == (slots, "pypes: 2 slot(s), 2 new run(s)\n")
    assert either_way(*words).err == "pypes: 2 slot(s), 0 new run(s)\n"


def test_an_unknown_run_is_not_found(either_way: Pypes) -> None:
    assert either_way("runs", "0" * 30).code == 4


def test_what_cannot_be_read_as_a_moment_is_refused(either_way: Pypes) -> None:
    refused = either_way("runs", "--since", "yesterday")
    assert refused.code == 2
    assert "`yesterday` is not a moment" in refused.err


def test_the_steps_of_a_run_are_shown_one_by_one(
    either_way: Pypes, tmp_path: Path, receiver: Receiver
) -> None:
    steps = [{"type": "webhook", "url": receiver.url}] * 2
    steps[1] = steps[1] | {"when": "previous.status == 201"}
    sequence = json.dumps({"type": "sequence", "steps": steps})
    either_way("apply", write_agent(tmp_path, "stepping", sequence))
    assert either_way("agent", "stepping", "run").out == "[0] sequence → silent, 1 of 2 steps\n"
    (line,) = either_way("agent", "stepping", "runs").out.splitlines()
    assert line.endswith("silent")
    shown = either_way("runs", line.split()[0]).out
    assert "attempt 1, step 0" in shown
    assert "200 (11 bytes)" in shown
    assert "attempt 2, step 1" in shown
    assert "not reached: its condition is false" in shown


def test_why_tells_of_a_pause_that_lasts_and_of_a_backfill(pypes: Pypes, tmp_path: Path) -> None:
    pypes("apply", write_agent(tmp_path, "a", cron("* * * * * *")))
    pypes("agent", "a", "pause")
    at = datetime.now(UTC).replace(microsecond=0)
    while datetime.now(UTC) <= at + timedelta(seconds=1):
        time.sleep(0.05)
    paused = pypes("why", "a", "--at", (at + timedelta(seconds=1)).isoformat())
    assert paused.out.startswith("[0] cron `* * * * * *`: a slot of a pause: it is skipped")
    pypes("backfill", "a", "--from", "2026-05-03T12:00:00Z", "--to", "2026-05-03T12:00:00Z")
    filled = pypes("why", "a", "--at", "2026-05-03T12:00:00Z")
    assert "before the agent was created; its backfill waiting\n" in filled.out
    assert "    run 0" in filled.out


def test_why_tells_of_a_slot_that_nobody_has_looked_at(pypes: Pypes, tmp_path: Path) -> None:
    pypes("apply", write_agent(tmp_path, "a", cron("* * * * * *")))
    at = datetime.now(UTC).replace(microsecond=0)
    while datetime.now(UTC) <= at + timedelta(seconds=1):
        time.sleep(0.05)
    said = pypes("why", "a", "--at", (at + timedelta(seconds=1)).isoformat())
    assert "a slot that is not decided yet: no daemon has looked at it" in said.out
