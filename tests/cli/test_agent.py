import json
import re
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Pypes, Receiver, cron, webhook, write_agent
from pypes.cli import agent as module


@pytest.fixture
def apply(either_way: Pypes, tmp_path: Path) -> Any:
    """Store an agent with these actions, and give the command line."""

    def store(name: str, *actions: str) -> Pypes:
        applied = either_way("apply", write_agent(tmp_path, name, *actions))
        assert applied.code == 0, applied.err
        return either_way

    return store


def test_a_run_prints_the_lines_of_the_original(apply: Any, receiver: Receiver) -> None:
    pypes = apply("mixed", webhook(receiver.url), cron("0 0 1 1 *"), "fetch_url")
    ran = pypes("agent", "mixed", "run")
    lines = ran.out.splitlines()
    assert lines[0] == "[0] webhook → 200 (11 bytes)"
    assert re.fullmatch(r"\[1\] cron `0 0 1 1 \*` → next fire \d{4}-01-01 00:00:00 UTC", lines[1])
    assert re.fullmatch(r"\[2\] unrecognized action \(.+\): fetch_url", lines[2])
    assert (ran.code, ran.err) == (0, "")
    assert receiver.bodies == [b"{}"]


def test_a_run_of_which_one_action_fails_exits_1(apply: Any, receiver: Receiver) -> None:
    receiver.status, receiver.answer = 500, b"kaboom"
    pypes = apply("failing", webhook(receiver.url))
    ran = pypes("agent", "failing", "run")
    assert ran.out == "[0] webhook FAILED: webhook returned non-success status 500: kaboom\n"
    assert ran.code == 1
    assert len(receiver.bodies) == 1, "a run by hand makes one attempt"


def test_labels_alone_fail_nothing(apply: Any) -> None:
    assert apply("web-summarize", "fetch_url", "summarize")("agent", "web-summarize", "run").code == 0


def test_firing_does_now_what_a_trigger_wraps(apply: Any, receiver: Receiver) -> None:
    pypes = apply("yearly", cron("0 0 1 1 *", receiver.url))
    assert pypes("agent", "yearly", "run", "--fire").out == "[0] webhook → 200 (11 bytes)\n"
    assert len(receiver.bodies) == 1


def test_a_dry_run_sends_nothing(apply: Any, receiver: Receiver) -> None:
    pypes = apply("dry", webhook(receiver.url, payload={"n": 1}))
    ran = pypes("agent", "dry", "run", "--dry")
    first, *below = ran.out.splitlines()
    assert first == f"[0] webhook → would send POST {receiver.url} (8 bytes)"
    assert "    Content-Length: 8" in below
    assert below[-1] == '    {"n": 1}'
    assert receiver.bodies == []


def test_outcomes_as_json_are_those_of_the_api(apply: Any, receiver: Receiver) -> None:
    (outcome,) = apply("one", webhook(receiver.url))("agent", "one", "run", "--json").json()
    assert (outcome["action"], outcome["type"], outcome["ok"], outcome["status"]) == (0, "webhook", True, 200)


@pytest.mark.parametrize("verb", ["show", "run", "runs", "next", "pause", "resume"])
def test_what_is_asked_of_an_absent_agent_is_not_found(either_way: Pypes, verb: str) -> None:
    said = either_way("agent", "nobody", verb)
    assert (said.code, said.out, said.err) == (4, "", "pypes: there is no agent `nobody`\n")


def test_the_ledger_remembers_an_agent_that_is_gone(
    either_way: Pypes, apply: Any, receiver: Receiver
) -> None:
    apply("one", webhook(receiver.url))("agent", "one", "run")
    assert either_way("rm", "agent", "one").code == 0
    remembered = either_way("agent", "one", "runs")
    assert (remembered.code, remembered.out.count("succeeded")) == (0, 1)


@pytest.mark.parametrize("value", ['{"event":"hello"}', "1.10", '"ü"', "null", "[1,2]"])
def test_any_json_is_an_input(either_way: Pypes, value: str) -> None:
    either_way("add", "agent", "echo")
    added = either_way("agent", "echo", "add", value)
    assert (added.code, added.out) == (0, "")
    assert either_way("agent", "echo", "show", "--json").json()["inputs"] == [json.loads(value)]


@pytest.mark.parametrize("value", ["{hello}", "", "{", "nope", '{"a":1} x'])
def test_what_is_not_json_is_refused_in_a_sentence(either_way: Pypes, value: str) -> None:
    either_way("add", "agent", "echo")
    refused = either_way("agent", "echo", "add", value)
    assert refused.code == 2
    assert refused.err.startswith("pypes: ")
    assert either_way("agent", "echo", "show", "--json").json()["inputs"] == []


def test_inputs_stream_from_stdin(either_way: Pypes) -> None:
    either_way("add", "agent", "echo")
    lines = b"".join(b'{"n":%d}\n' % number for number in range(20_000))
    added = either_way.process("agent", "echo", "add", "-", "--json", stdin=lines)
    assert json.loads(added.out) == {"records_created": 20_000}


def test_a_bad_line_is_named_and_those_before_it_stay(either_way: Pypes) -> None:
    either_way("add", "agent", "echo")
    added = either_way.process("agent", "echo", "add", "-", stdin=b'{"n":1}\n{"n":2}\noops\n{"n":3}\n')
    assert added.code == 2
    assert added.err.startswith("pypes: line 3: the JSON is malformed")
    assert "2 before it were stored" in added.err
    assert len(either_way("agent", "echo", "show", "--json").json()["inputs"]) == 2


def test_an_action_is_appended(apply: Any, receiver: Receiver) -> None:
    pypes = apply("echo", "fetch_url")
    assert pypes("agent", "echo", "add", webhook(receiver.url), "--action").code == 0
    assert pypes("agent", "echo", "show", "--json").json()["actions"][1]["url"] == receiver.url
    refused = pypes("agent", "echo", "add", "--action", '{"type":"webhok"}')
    assert refused.code == 2
    assert "did you mean `webhook`?" in refused.err
    assert "$.actions[2].type" in refused.err


def test_the_next_fire_of_each_schedule_is_told(apply: Any) -> None:
    told = apply("two", cron("0 0 1 1 *"), cron("0 0 1 7 *"))("agent", "two", "next")
    assert re.fullmatch(
        r"\[0\]  cron `0 0 1 1 \*`  \d{4}-01-01 00:00:00 UTC  active\n"
        r"\[1\]  cron `0 0 1 7 \*`  \d{4}-07-01 00:00:00 UTC  active\n",
        told.out,
    )


def test_a_pause_is_told_with_its_note_and_ended_by_resume(apply: Any) -> None:
    pypes = apply("one", cron("0 0 1 1 *"))
    assert "paused 1 schedule(s) of one" in pypes("agent", "one", "pause", "--note", "holidays").err
    assert "paused  (holidays)" in pypes("agent", "one", "next").out
    assert "resumed 1 schedule(s) of one" in pypes("agent", "one", "resume").err
    assert "active" in pypes("agent", "one", "next").out


def test_an_agent_is_shown_with_its_actions(apply: Any) -> None:
    pypes = apply("one", "fetch_url", cron("0 0 1 1 *"))
    lines = pypes("agent", "one", "show").out.splitlines()
    assert lines[0] == "Agent one, 0 input(s)"
    assert lines[1] == '[0] "fetch_url"'
    assert lines[2].startswith('[1] {"type": "cron"')


def test_progress_is_counted_for_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    chunks = [b"1\n" * 10_000, b"2\n" * 5_000, b"3\n" * 5_000]
    assert list(module._with_progress(chunks)) == chunks
    assert "20,000 lines sent" in capsys.readouterr().err
