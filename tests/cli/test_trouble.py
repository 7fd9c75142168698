"""What people hear when something is taken away from a daemon that runs."""

import subprocess
import time
from pathlib import Path

import pytest

from cli.conftest import COMMAND, Pypes, Receiver, cron, running_daemon, webhook, write_agent
from pypes import __version__
from pypes.cli.stop import is_alive


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


def test_a_daemon_without_its_pid_file_is_still_found(home: Path) -> None:
    with running_daemon(home) as command:
        pid = int((home / "tmp" / "agents.pid").read_text())
        for file in (home / "tmp").iterdir():
            file.unlink()
        assert command.process("status").out.startswith(f"pypes {__version__} is running (pid {pid})\n")
        assert f"already running (pid {pid})" in command.process("start", "-p", "0").err
        assert command.process("stop").err == f"pypes: stopped (pid {pid})\n"
        assert not is_alive(pid)


def test_a_folder_in_the_place_of_the_socket_is_told_in_a_sentence(home: Path) -> None:
    (home / "pypes.sock").mkdir()
    refused = Pypes(home).process("start", "-p", "0")
    assert refused.code == 3
    assert refused.err.startswith(f"pypes: {home}/pypes.sock is in the way and cannot be removed")


@pytest.mark.parametrize("mask", ["000", "777"])
def test_whatever_the_umask_what_is_made_is_for_its_owner(tmp_path: Path, mask: str) -> None:
    home = tmp_path / "home"
    command = f"umask {mask}; {' '.join(COMMAND)} start -p 0 && {' '.join(COMMAND)} stop"
    subprocess.run(["sh", "-c", command], env=Pypes(home).environment(), check=True, capture_output=True)
    modes = {(path.is_dir(), path.stat().st_mode & 0o777) for path in (home, *home.rglob("*"))}
    assert modes == {(True, 0o700), (False, 0o600)}


def test_the_home_that_the_original_left_open_is_closed(tmp_path: Path) -> None:
    home = tmp_path / ".agents"
    home.mkdir(mode=0o755)
    assert Pypes(home).process("ls", HOME=str(tmp_path), PYPES_HOME="").code == 0
    assert home.stat().st_mode & 0o777 == 0o700
