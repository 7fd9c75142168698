"""What people hear when something is taken away from a daemon that runs."""

import time
from pathlib import Path

from cli.conftest import Receiver, cron, running_daemon, webhook, write_agent


def test_a_store_that_is_taken_away_is_written_no_more_until_it_is_back(home: Path) -> None:
    with running_daemon(home) as command:
        assert command.process("add", "agent", "before").code == 0
        store = home / "db" / "pypes.db"
        store.rename(home / "elsewhere")
        refused = command.process("add", "agent", "lost")
        assert (refused.code, refused.out) == (3, "")
        assert "was removed or replaced while it was in use" in refused.err
        assert command.process("export").out.startswith('{"name":"before"')
        (home / "elsewhere").rename(store)
        assert command.process("add", "agent", "after").code == 0


def test_status_says_what_keeps_the_daemon_from_firing(
    home: Path, receiver: Receiver, tmp_path: Path
) -> None:
    with running_daemon(home) as command:
        file = write_agent(tmp_path, "a", cron("* * * * * *", receiver.url))
        assert command.process("apply", file).code == 0
        store = home / "db" / "pypes.db"
        store.rename(home / "elsewhere")
        deadline = time.monotonic() + 20
        while "was removed or replaced" not in (said := command.process("status")).out:
            assert time.monotonic() < deadline, said
        assert said.code == 0
        assert not command.process("status", "--json").json()["ready"]
        (home / "elsewhere").rename(store)


def test_who_waits_for_a_run_is_told_when_the_daemon_stops(
    home: Path, receiver: Receiver, tmp_path: Path
) -> None:
    receiver.pause.clear()
    with running_daemon(home) as command:
        file = write_agent(tmp_path, "a", webhook(receiver.url), webhook(receiver.url))
        assert command.process("apply", file).code == 0
        with command.spawn("agent", "a", "run") as waiting:
            assert receiver.asked.wait(20)
            stopping = command.spawn("stop")
            out, err = waiting.communicate(timeout=20)
            receiver.pause.set()
            stopping.communicate(timeout=20)
        assert (waiting.returncode, out) == (3, "")
        assert err.startswith("pypes: pypes is stopping: `pypes runs ")
        (run,) = command.process("runs", "--json").json()["items"]
        assert (run["state"], run["id"]) == ("succeeded", err.split("`")[1].split()[-1])
