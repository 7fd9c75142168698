"""Arrivals: the receiver's process held by the bench, and its log as values."""

import json
import subprocess
import sys
from http.client import HTTPConnection
from types import TracebackType
from typing import NamedTuple

SECOND = 1_000_000


class Arrival(NamedTuple):
    """One post that the receiver saw."""

    moment: int
    """Microseconds since the epoch, by the receiver's clock: the same machine's."""
    path: str
    id: str
    """The `webhook-id`: the run's. It begins with its slot in microseconds, as 14 hex digits."""

    @property
    def slot(self) -> int:
        """The instant that this post was due at."""
        return int(self.id[:14], 16)

    @property
    def lateness(self) -> float:
        """Milliseconds from the slot to the arrival."""
        return (self.moment - self.slot) / 1000


class Receiver:
    """A receiver in a process of its own, on as many ports as there shall be hosts."""

    def __init__(self, hosts: int = 1) -> None:
        self._hosts = hosts
        self.ports: list[int] = []

    def __enter__(self) -> "Receiver":
        """Start it."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.receiver", str(self._hosts)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        self.ports = json.loads(self._process.stdout.readline())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it by closing its stdin."""
        self._process.communicate()

    @property
    def port(self) -> int:
        """The first host's."""
        return self.ports[0]

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def url(self, path: str, host: int = 0) -> str:
        """Where to post to."""
        return f"http://127.0.0.1:{self.ports[host]}{path}"

    def log(self) -> list[Arrival]:
        """Everything that arrived since the last `clear`."""
        lines = self._control("GET").decode().splitlines()
        fields = (line.split(" ") for line in lines)
        return [Arrival(int(moment), path, run) for moment, path, run in fields]

    def clear(self) -> None:
        """Let the receiver forget what arrived."""
        self._control("DELETE")

    def _control(self, method: str) -> bytes:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, "/log")
            return connection.getresponse().read()
        finally:
            connection.close()
