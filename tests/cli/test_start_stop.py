"""The daemon's life, by real processes."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.conftest import Pypes, running_daemon
from pypes.cli.stop import is_alive
from pypes.store.lock import OwnerLock


@pytest.fixture
def daemon(pypes: Pypes) -> Iterator[Pypes]:
    with running_daemon(pypes.home):
        yield pypes


def pid_of(pypes: Pypes) -> int:
    return int((pypes.home / "tmp" / "agents.pid").read_text())


def test_a_start_in_the_background_says_where_it_runs_and_a_stop_leaves_nothing(pypes: Pypes) -> None:
    started = pypes.process("start", "-p", "0")
    said = re.fullmatch(
        r"pypes is running on (http://127\.0\.0\.1:\d+) \(pid (\d+)\), log: (.+)\n", started.out
    )
    assert said is not None, started
    assert int(said[2]) == pid_of(pypes)
    assert said[3] == str(pypes.home / "tmp" / "daemon.err")
    assert get(said[1], "/agents") == (200, b"[]")
    assert pypes("stop").code == 0
    assert not is_alive(int(said[2]))
    left = sorted(str(path.relative_to(pypes.home)) for path in pypes.home.rglob("*") if path.is_file())
    assert left == ["db/pypes.db", "db/pypes.lock", "tmp/daemon.err", "tmp/daemon.out"]


def test_the_daemon_outlives_the_terminal_that_started_it(daemon: Pypes) -> None:
    pid = pid_of(daemon)
    assert os.getsid(pid) == pid
    assert os.path.realpath(f"/proc/{pid}/fd/0") == "/dev/null"
    assert os.path.realpath(f"/proc/{pid}/fd/2") == str((daemon.home / "tmp" / "daemon.err").resolve())


def test_what_the_daemon_leaves_is_for_its_owner_alone(daemon: Pypes) -> None:
    for path in daemon.home.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_its_status_tells_where_it_runs_and_what_it_has(daemon: Pypes) -> None:
    daemon("add", "agent", "echo")
    status = daemon("status", "--json").json()
    assert (status["running"], status["pid"], status["agents"]) == (True, pid_of(daemon), 1)
    assert status["url"] == f"http://127.0.0.1:{status['port']}"
    assert status["problems"] == {}
    shown = daemon("status")
    assert shown.code == 0
    assert f"is running on {status['url']} (pid {status['pid']})" in shown.out


def test_what_does_not_run_has_no_status_and_is_neither_stopped_nor_reloaded(pypes: Pypes) -> None:
    for words in (["status"], ["stop"], ["reload"]):
        said = pypes(*words)
        assert (said.code, said.out, said.err) == (3, "", "pypes: pypes is not running\n")
    assert pypes("status", "--json").json() == {"running": False}


def test_a_second_daemon_is_refused_in_a_sentence(daemon: Pypes) -> None:
    pid = pid_of(daemon)
    for words in (["start", "-p", "0"], ["start", "--attach", "-p", "0"]):
        second = daemon.process(*words)
        assert second.code == 3
        assert second.err == f"pypes: pypes is already running (pid {pid}): `pypes restart` starts it anew\n"
    assert pid_of(daemon) == pid
    assert daemon("status").code == 0


def test_a_taken_port_is_told_in_a_sentence(pypes: Pypes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = pypes.process("start", "-p", str(port))
    assert refused.code == 3
    assert refused.err.startswith(f"pypes: cannot listen on 127.0.0.1 port {port}")
    assert not (pypes.home / "tmp" / "agents.pid").exists()


@pytest.mark.parametrize("words", [["start"], ["start", "--attach"], ["ls"]])
def test_a_home_that_cannot_be_made_is_told_in_a_sentence(words: list[str]) -> None:
    refused = Pypes(Path("/proc/nowhere")).process(*words)
    assert refused.code == 3
    assert refused.err.count("\n") == 1
    assert "set PYPES_HOME to a folder of yours" in refused.err


def test_a_home_that_is_no_folder_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for words in (["start"], ["start", "-a"], ["ls"]):
        refused = Pypes(tmp_path / "file").process(*words)
        assert refused.code == 3
        assert refused.err.count("\n") == 1


def test_a_home_that_may_not_be_written_is_told_in_a_sentence(
    pypes: Pypes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    refused = pypes("start")
    assert refused.code == 3
    assert refused.err == (
        f"pypes: {pypes.home} is not a folder that can be written: set PYPES_HOME to a folder of yours\n"
    )


def test_a_corrupt_store_is_left_as_it_is(pypes: Pypes) -> None:
    store = pypes.home / "db" / "pypes.db"
    store.parent.mkdir()
    store.write_bytes(b"this is no database")
    refused = pypes.process("start", "-p", "0")
    assert refused.code == 3
    assert "nothing was touched" in refused.err
    assert store.read_bytes() == b"this is no database"


def test_unacceptable_settings_are_a_mistake_of_the_caller(pypes: Pypes) -> None:
    assert pypes.process("start", "-p", "70000").code == 2
    open_bind = pypes.process("start", "-p", "0", "--host", "0.0.0.0")
    assert open_bind.code == 2
    assert "set a token" in open_bind.err


def test_a_daemon_that_dies_while_starting_is_told(pypes: Pypes) -> None:
    broken = pypes.home / "broken"
    broken.mkdir()
    (broken / "uvloop.py").write_text("raise RuntimeError('broken on purpose')")
    refused = pypes.process("start", "-p", "0", PYTHONPATH=str(broken))
    assert refused.code in {1, 3}
    assert "broken on purpose" in refused.err or "died while it started" in refused.err
    assert "Traceback" not in refused.err


@pytest.mark.parametrize("flag", ["--attach", "-a", "--attatch"])
def test_attached_it_stays_until_it_is_interrupted(pypes: Pypes, flag: str) -> None:
    with pypes.spawn("start", flag, "-p", "0") as process:
        assert process.stderr is not None
        while "running on http://" not in process.stderr.readline():
            pass
        assert pid_of(pypes) == process.pid
        assert pypes("status").code == 0
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
        assert process.returncode == 0
    assert not (pypes.home / "tmp" / "agents.pid").exists()
    assert not (pypes.home / "pypes.sock").exists()


def test_a_restart_keeps_the_flags_of_the_start(pypes: Pypes) -> None:
    with running_daemon(pypes.home, "--token", "s3cret", "--allow-host", "one", "--allow-host", "two"):
        before = pid_of(pypes)
        assert "s3cret" not in Path(f"/proc/{before}/cmdline").read_text()
        assert pypes.process("restart").code == 0
        assert pid_of(pypes) != before
        flags = json.loads((pypes.home / "tmp" / "agents.flags.json").read_text())["flags"]
        assert flags == {"port": 0, "token": "s3cret", "allow_host": ["one", "two"]}
        assert get(pypes("status", "--json").json()["url"], "/agents")[0] == 401


def test_a_proxys_password_is_kept_over_a_restart_and_shown_to_nobody(pypes: Pypes) -> None:
    proxy = "http://me:s3cret@proxy.test:3128"
    with running_daemon(pypes.home, "--proxy", proxy, "--no-proxy", "a.test", "--no-proxy", "10.0.0.0/8"):
        assert pypes.process("restart").code == 0
        assert "s3cret" not in Path(f"/proc/{pid_of(pypes)}/cmdline").read_text()
        flags = json.loads((pypes.home / "tmp" / "agents.flags.json").read_text())["flags"]
        assert flags == {"port": 0, "proxy": proxy, "no_proxy": ["a.test", "10.0.0.0/8"]}


def test_a_restart_of_what_does_not_run_starts_it(pypes: Pypes) -> None:
    (pypes.home / "config.toml").write_text("port = 0\n")
    try:
        assert pypes.process("restart").code == 0
        assert pypes("status").code == 0
    finally:
        pypes("stop")


def test_a_killed_daemon_is_not_taken_for_a_running_one(daemon: Pypes) -> None:
    os.kill(pid_of(daemon), signal.SIGKILL)
    wait_until_free(daemon.home)
    assert (daemon.home / "pypes.sock").exists(), "it had no time to clean up"
    assert daemon("status").code == 3
    assert daemon("stop").code == 3
    assert daemon("add", "agent", "echo").code == 0
    assert daemon.process("start", "-p", "0").code == 0
    assert daemon("ls").out == "Agent echo\n"


def test_a_process_that_inherited_the_pid_is_left_alone(pypes: Pypes) -> None:
    """A pid file that a crash left behind names somebody else after a while."""
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        (pypes.home / "tmp").mkdir()
        (pypes.home / "tmp" / "agents.pid").write_text(f"{bystander.pid}\n")
        assert pypes("stop").code == 3
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_daemon_that_hangs_is_told_in_a_sentence(daemon: Pypes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pypes.cli.client.PATIENCE", 0.2)
    os.kill(pid_of(daemon), signal.SIGSTOP)
    try:
        for words in (["ls"], ["status"], ["start"]):
            said = daemon(*words)
            assert said.code == 3
            assert said.err.startswith(f"pypes: the daemon does not answer on {daemon.home}/pypes.sock")
    finally:
        os.kill(pid_of(daemon), signal.SIGCONT)


def test_a_store_that_somebody_else_owns_is_waited_for_and_then_told(
    pypes: Pypes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pypes.cli.client.PATIENCE", 0.1)
    monkeypatch.setattr("pypes.cli.stop.STARTING", 0.1)
    (pypes.home / "db").mkdir()
    lock = OwnerLock(pypes.home / "db" / "pypes.lock")
    assert lock.acquire()
    try:
        refused = pypes("ls")
        assert refused.code == 3
        assert refused.err.startswith(f"pypes: the store is in use by process {os.getpid()}")
        assert f"process {os.getpid()} uses its store" in pypes("stop").err
    finally:
        lock.release()
    assert pypes("ls").code == 0


def test_a_path_too_long_for_a_socket_is_told_with_the_remedy(tmp_path: Path) -> None:
    refused = Pypes(tmp_path / ("x" * 120)).process("ls")
    assert refused.code == 2
    assert "set PYPES_HOME to a shorter path" in refused.err


def test_a_reload_is_told_in_the_log(daemon: Pypes) -> None:
    with daemon.spawn("logs", "-f") as following:
        assert daemon("reload").code == 0
        assert following.stdout is not None
        while not following.stdout.readline().startswith("[scheduler] reloaded with 0 cron action(s)"):
            assert following.poll() is None
        following.send_signal(signal.SIGINT)
        assert following.communicate(timeout=20)[1] == ""
        assert following.returncode == 130


def get(url: str, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def wait_until_free(home: Path) -> None:
    """Wait until the kernel has let go of what a killed daemon held."""
    lock = OwnerLock(home / "db" / "pypes.lock")
    assert lock.acquire(patience=10)
    lock.release()
