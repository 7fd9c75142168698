"""Daemon: pypes as a user runs it, a process of its own in a temporary home, spoken to over HTTP alone."""

import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

PATIENCE = 60.0
"""Seconds that a start or a stop may take."""
NDJSON = "application/x-ndjson"
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG, prctl(2)


class Usage(NamedTuple):
    """What a process has used so far."""

    at: float
    cpu: float
    """Seconds, user and system."""
    rss: float
    """Megabytes now."""
    peak: float
    """Megabytes at most."""


class Refused(Exception):
    """An answer other than 2xx."""


class Daemon:
    """`pypes start --attach`; on leaving, it is killed and its home removed.

    `settings` are given as `PYPES_*` variables; `prelude` is Python that runs in it before pypes does.
    """

    def __init__(self, settings: Mapping[str, str] | None = None, *, prelude: str = "") -> None:
        self.home = Path(tempfile.mkdtemp(prefix="pypes-"))
        self.port = _free_port()
        self.ready_after = 0.0
        """Seconds from the last start to the first answer."""
        self._settings = settings or {}
        self._program = (
            ["-c", f"{prelude}\nfrom pypes.cli import main\nmain()"] if prelude else ["-m", "pypes"]
        )
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Daemon":
        """Start it, and wait until it serves."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave no process and no file behind; a farewell would only take time."""
        self.kill()
        shutil.rmtree(self.home)

    def store_bytes(self) -> int:
        """What its database takes on disk."""
        return sum(file.stat().st_size for file in (self.home / "db").iterdir())

    def start(self, settings: Mapping[str, str] | None = None) -> None:
        """Start the daemon; returns when it answers."""
        environment = {**os.environ, "PYPES_HOME": str(self.home), **self._settings, **(settings or {})}
        begun = time.perf_counter()
        with (self.home / "daemon.err").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._program, "start", "--attach", "-p", str(self.port)],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - the bench has one thread
            )
        self._wait_until_ready(begun + PATIENCE)
        self.ready_after = time.perf_counter() - begun

    def stop(self) -> None:
        """Ask it to stop; kill it if it does not."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill -9: no goodbye."""
        self._end(signal.SIGKILL)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, and go on."""
        assert self._process is not None
        self._process.send_signal(number)

    def usage(self) -> Usage:
        """What it has used so far."""
        assert self._process is not None
        return usage_of(self._process.pid)

    def said(self) -> str:
        """Its log."""
        return (self.home / "daemon.err").read_text(errors="replace")

    def call(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> Any:
        """One request on a connection of its own; the answer's JSON. Raises `Refused`."""
        content = json.dumps(body).encode() if kind == "application/json" and body is not None else body
        headers = {} if content is None else {"Content-Type": kind}
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=600)) as connection:
            connection.request(method, path, content, headers)
            response = connection.getresponse()
            answer = response.read()
        if response.status >= 300:
            raise Refused(f"{method} {path} → {response.status}: {answer[:300].decode(errors='replace')}")
        return json.loads(answer) if answer else None

    def post_agents(self, agents: Iterable[Mapping[str, Any]]) -> float:
        """Post agents as one NDJSON stream; the seconds until all were answered for."""
        begun = time.perf_counter()
        self.call("POST", "/agents", _blocks(agents), NDJSON)
        return time.perf_counter() - begun

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(number)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _wait_until_ready(self, deadline: float) -> None:
        while time.perf_counter() < deadline:
            with suppress(OSError, HTTPException):
                self.call("GET", "/healthz")
                return
            if self._process is None or self._process.poll() is not None:
                break
            time.sleep(0.005)
        raise RuntimeError(f"the daemon does not answer; it said: {self.said()[-2000:]}")


def usage_of(pid: int) -> Usage:
    """Read proc(5): CPU seconds, and memory now and at most."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    status = Path(f"/proc/{pid}/status").read_text()
    kilobytes = {key: int(rest.split()[0]) for key, rest in _memory_lines(status)}
    megabytes = kilobytes["VmRSS"] / 1024, kilobytes["VmHWM"] / 1024
    return Usage(time.monotonic(), ticks / os.sysconf("SC_CLK_TCK"), *megabytes)


def _memory_lines(status: str) -> Iterator[tuple[str, str]]:
    for line in status.splitlines():
        key, _, rest = line.partition(":")
        if key in {"VmRSS", "VmHWM"}:
            yield key, rest


def _blocks(agents: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    lines = (json.dumps(agent).encode() + b"\n" for agent in agents)
    while block := b"".join(islice(lines, 500)):
        yield block


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _die_with_parent() -> None:
    """Even a bench that is killed leaves no daemon behind (Linux)."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
