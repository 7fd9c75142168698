"""Files of the home that somebody removes under a running daemon: it goes on, and makes them anew."""

import http.client
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from faults.stories import agents, eventually, judge, moment, post, wait_for_slots_after
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
def in_background(home: Path) -> Iterator[tuple[Daemon, str]]:
    """A daemon started by `pypes start`, which writes tmp/daemon.err; and its address."""
    address = re.search(r"http://(\S+)", pypes(home, "start", "-p", "0").stdout)
    assert address is not None
    try:
        yield Daemon(home), address[1]
    finally:
        with suppress(ProcessLookupError, FileNotFoundError):
            os.kill(int((home / "tmp" / "agents.pid").read_text()), signal.SIGKILL)


def test_without_its_socket_and_its_log_file_the_daemon_fires_and_makes_them_anew(home: Path) -> None:
    with Receiver().listening() as receiver, in_background(home) as (daemon, address):
        bodies = agents(10, receiver.url)
        since = post(daemon, bodies)
        (home / "tmp" / "daemon.err").unlink()
        (home / "pypes.sock").unlink()
        wait_for_slots_after(receiver, bodies, moment())
        connection = http.client.HTTPConnection(address)
        connection.request("GET", "/readyz")
        assert connection.getresponse().status == 200
        connection.close()
        log = home / "tmp" / "daemon.err"
        eventually(lambda: (home / "pypes.sock").exists() and "fired webhook" in log.read_text())
        assert pypes(home, "status").returncode == 0
        assert pypes(home, "stop").returncode == 0
        assert not (home / "pypes.sock").exists()
        daemon.start()
        verdict = judge(daemon, {receiver: bodies}, since=since)
        assert verdict.breaches == {}
        assert verdict.repeated == 0
        assert daemon.stop() == 0
