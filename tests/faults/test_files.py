"""Files of the home that somebody removes under a running daemon: it goes on."""

import http.client
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from faults.stories import agents, judge, moment, post, wait_for_slots_after
from living import Daemon, Receiver


def pypes(home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """A command, as a user types it."""
    return subprocess.run(
        [sys.executable, "-m", "pypes", *words],
        env=os.environ | {"PYPES_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@contextmanager
def in_background(home: Path) -> Iterator[Daemon]:
    """A daemon started by `pypes start`, which writes tmp/daemon.err."""
    assert pypes(home, "start", "-p", "0").returncode == 0
    try:
        yield Daemon(home)
    finally:
        with suppress(ProcessLookupError, FileNotFoundError):
            os.kill(int((home / "tmp" / "agents.pid").read_text()), signal.SIGKILL)


def test_without_its_socket_file_the_daemon_fires_answers_over_tcp_and_stops_as_ever(home: Path) -> None:
    with Receiver().listening() as receiver, Daemon(home).running() as daemon:
        bodies = agents(10, receiver.url)
        since = post(daemon, bodies)
        (home / "pypes.sock").unlink()
        wait_for_slots_after(receiver, bodies, moment())
        address = re.search(r"running on http://(\S+) ", daemon.log.read_text())
        assert address is not None
        connection = http.client.HTTPConnection(address[1])
        connection.request("GET", "/readyz")
        assert connection.getresponse().status == 200
        connection.close()
        assert daemon.stop() == 0
        daemon.start()
        verdict = judge(daemon, {receiver: bodies}, since=since)
        assert verdict.breaches == {}
        assert verdict.repeated == 0


def test_without_its_log_file_the_daemon_fires_and_stops_as_ever(home: Path) -> None:
    with Receiver().listening() as receiver, in_background(home) as daemon:
        bodies = agents(10, receiver.url)
        since = post(daemon, bodies)
        (home / "tmp" / "daemon.err").unlink()
        verdict = judge(daemon, {receiver: bodies}, since=since)
        assert verdict.breaches == {}
        assert verdict.repeated == 0
        assert daemon.call("GET", "/readyz").status == 200
        assert pypes(home, "stop").returncode == 0
        assert not (home / "pypes.sock").exists()
