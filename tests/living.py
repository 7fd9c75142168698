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
from collections.abc import Iterator
from contextlib import contextmanager
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
    """Listens on the loopback and keeps what arrives; `answer` decides what it says."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.status = 200
        self.body = b'{"ok":true}'
        self._arrived = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver._keep(dict(self.headers), body)
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

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/hook"

    def _keep(self, headers: dict[str, str], body: bytes) -> None:
        arrival = Arrival(time.time_ns() // 1000, headers["webhook-id"], headers["pypes-slot"], headers, body)
        with self._arrived:
            self.arrivals.append(arrival)
            self._arrived.notify_all()

    def wait_for(self, number: int) -> list[Arrival]:
        """The first arrivals, once there are so many."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.arrivals) >= number, PATIENCE)
            return self.arrivals[:number]

    @contextmanager
    def listening(self) -> Iterator["Receiver"]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


class Answer(NamedTuple):
    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Daemon:
    """`pypes start --attach` in a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.log = home / "log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *flags: str) -> None:
        """Start it, and wait until it answers."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pypes", "start", "--attach", "-p", "0", *flags],
                env=os.environ | {"PYPES_HOME": str(self.home)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.01)

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> int:
        """Ask it to stop; its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(PATIENCE)

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
            assert self._process is not None
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait()
