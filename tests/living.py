"""A real daemon in a process of its own, and a real receiver: for tests that tell whole stories."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

PATIENCE = 20.0


class Arrival(NamedTuple):
    """One request as the receiver saw it."""

    at: int
    """Microseconds since the epoch."""
    run: str
    slot: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Listens on the loopback and keeps what arrives; `status` and `body` are what it says."""

    def __init__(self, port: int = 0) -> None:
        self.arrivals: list[Arrival] = []
        self.ahead = 0
        """How far its clock is ahead of the machine's, in microseconds."""
        self.status = 200
        self.body = b'{"ok":true}'
        self.gate = threading.Event()
        """While it is not set, nobody is answered: the receiver hangs."""
        self.gate.set()
        self._arrived = threading.Condition()
        self._connections: set[socket.socket] = set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self) -> None:
                super().setup()
                receiver._connections.add(self.connection)

            def finish(self) -> None:
                receiver._connections.discard(self.connection)
                super().finish()

            def do_POST(self) -> None:
                self._take(self.rfile.read(int(self.headers["Content-Length"])))

            def do_GET(self) -> None:
                self._take(b"")

            def _take(self, body: bytes) -> None:
                receiver._keep(dict(self.headers), body)
                receiver.gate.wait()
                self.send_response(receiver.status)
                self.send_header("Content-Length", str(len(receiver.body)))
                self.end_headers()
                self.wfile.write(receiver.body)

            def log_message(self, *_: Any) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            request_queue_size = 256

            def handle_error(self, *_: Any) -> None:
                """A killed daemon resets its connections: that is what is tested."""

        self._server = Quiet(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/hook"

    def _keep(self, headers: dict[str, str], body: bytes) -> None:
        now = time.time_ns() // 1000 + self.ahead
        arrival = Arrival(now, headers["webhook-id"], headers["pypes-slot"], headers, body)
        with self._arrived:
            self.arrivals.append(arrival)
            self._arrived.notify_all()

    def wait_for(self, number: int) -> list[Arrival]:
        """The first arrivals, once there are so many."""
        return self.wait_until(lambda arrivals: len(arrivals) >= number)[:number]

    def wait_until(self, is_enough: Callable[[list[Arrival]], bool]) -> list[Arrival]:
        """All arrivals, once they are enough."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: is_enough(self.arrivals), PATIENCE)
            return list(self.arrivals)

    @contextmanager
    def listening(self) -> Iterator["Receiver"]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            self.gate.set()
            for connection in list(self._connections):
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            thread.join()


class Answer(NamedTuple):
    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Daemon:
    """`pypes start --attach` in a home of its own.

    `prelude` is Python that runs in its process before pypes does; `log` lies in the home unless given.
    """

    def __init__(self, home: Path, *, prelude: str = "", log: Path | None = None) -> None:
        self.home = home
        self.log = log or home / "log"
        self._program = (
            ["-c", f"{prelude}\nfrom pypes.cli import main\nmain()"] if prelude else ["-m", "pypes"]
        )
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        """The one that was started last."""
        assert self._process is not None
        return self._process

    def start(self, *flags: str) -> None:
        """Start it, and wait until it answers."""
        self.begin(*flags)
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.01)

    def begin(self, *flags: str) -> None:
        """Start it; it may not even run yet."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._program, "start", "--attach", "-p", "0", *flags],
                env=os.environ | {"PYPES_HOME": str(self.home)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Ask it to stop; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def wait_for_log(self, text: str) -> None:
        """Wait until it has said something."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.log.read_text():
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.01)

    def call(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> Answer:
        """One request over the unix socket."""
        connection = http.client.HTTPConnection("pypes")
        connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.sock.connect(str(self.home / "pypes.sock"))
            data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
            connection.request(method, path, data, {"Content-Type": kind} if data is not None else {})
            answer = connection.getresponse()
            return Answer(answer.status, answer.read())
        finally:
            connection.close()

    def rows(self, **filters: Any) -> list[dict[str, Any]]:
        """All rows of the ledger, newest first."""
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            query = "&".join(f"{key}={value}" for key, value in filters.items())
            page = self.call("GET", f"/runs?limit=1000{cursor}&{query}").json()
            found += page["items"]
            if page["next"] is None:
                return found
            cursor = f"&cursor={page['next']}"

    def _answers(self) -> bool:
        try:
            return self.call("GET", "/healthz").status == 200
        except OSError:
            return False

    @contextmanager
    def running(self, *flags: str) -> Iterator["Daemon"]:
        self.start(*flags)
        try:
            yield self
        finally:
            self.process.kill()
            self.process.wait()
