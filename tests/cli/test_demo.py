"""The demonstration, watched from outside."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.conftest import Pypes, running_daemon, webhook, write_agent


@pytest.fixture
def daemon(pypes: Pypes) -> Iterator[Pypes]:
    with running_daemon(pypes.home):
        yield pypes


def test_arrivals_are_told_until_somebody_interrupts(daemon: Pypes) -> None:
    with daemon.spawn("demo", "--json") as watching:
        assert watching.stdout is not None
        first, second = (json.loads(watching.stdout.readline()) for _ in range(2))
        assert first["slot"] < second["slot"]
        assert first["lateness_ms"] >= 0
        assert daemon("ls").out == "Agent demo\n"
        watching.send_signal(signal.SIGINT)
        _, said = watching.communicate(timeout=30)
        assert watching.returncode == 0
    assert "In another terminal, try:" in said
    assert said.endswith("Ctrl-C ends this and removes the agent.\n\npypes: the agent `demo` is removed\n")
    assert daemon("ls").out == ""
    assert daemon("status").code == 0, "it was running before"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_with_a_daemon_of_its_own_it_leaves_nothing_behind(pypes: Pypes, number: signal.Signals) -> None:
    (pypes.home / "config.toml").write_text("port = 0\n")
    with pypes.spawn("demo", "--with-daemon") as watching:
        assert watching.stdout is not None
        assert watching.stdout.readline().rstrip().endswith("→ 200")
        assert pypes("status").code == 0
        watching.send_signal(number)
        _, said = watching.communicate(timeout=30)
        assert watching.returncode == 0
    assert said.startswith("pypes: running on http://127.0.0.1:")
    assert pypes("status").code == 3
    assert pypes("ls").out == ""
    assert not (pypes.home / "tmp" / "agents.pid").exists()


def test_without_a_daemon_the_way_to_one_is_told(pypes: Pypes) -> None:
    refused = pypes.process("demo")
    assert refused.code == 3
    assert "pypes demo --with-daemon" in refused.err


def test_an_agent_of_that_name_is_left_alone(daemon: Pypes, tmp_path: Path) -> None:
    daemon("apply", write_agent(tmp_path, "demo", webhook("http://127.0.0.1:9/mine")))
    refused = daemon.process("demo")
    assert refused.code == 5
    assert daemon("agent", "demo", "show", "--json").json()["actions"][0]["url"].endswith("/mine")


def test_what_a_killed_demonstration_left_is_taken_over(daemon: Pypes, tmp_path: Path) -> None:
    daemon("apply", write_agent(tmp_path, "demo", webhook("http://127.0.0.1:9/pypes-demo")))
    with daemon.spawn("demo", "--json") as watching:
        assert watching.stdout is not None
        assert watching.stdout.readline()
        watching.send_signal(signal.SIGINT)
        watching.communicate(timeout=30)
    assert daemon("ls").out == ""
