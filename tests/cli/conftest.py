"""Commands as they are typed: in this process where that is enough, as processes where it is not."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pypes.cli.exits import guarded
from pypes.cli.root import root

COMMAND = [sys.executable, "-m", "pypes"]


class Said(NamedTuple):
    """What a command left behind: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


class Pypes:
    """The command line, in one home."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str] | None = None) -> None:
        self.home = home
        self._capsys = capsys

    def __call__(self, *words: str) -> Said:
        """Run a command in this process."""
        assert self._capsys is not None
        self._capsys.readouterr()
        code = guarded(root, words)
        out, err = self._capsys.readouterr()
        return Said(code, out, err)

    def process(self, *words: str, stdin: bytes = b"", **environment: str) -> Said:
        """Run a command as a process of its own."""
        done = subprocess.run(
            [*COMMAND, *words],
            input=stdin,
            capture_output=True,
            env=self.environment(**environment),
            timeout=60,
            check=False,
        )
        return Said(done.returncode, done.stdout.decode(), done.stderr.decode())

    def spawn(self, *words: str, **environment: str) -> "subprocess.Popen[str]":
        """Start a command whose output is read as it comes."""
        return subprocess.Popen(
            [*COMMAND, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment(PYTHONUNBUFFERED="1", **environment),
        )

    def environment(self, **more: str) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PYPES_")}
        return kept | {"PYPES_HOME": str(self.home)} | more


class Receiver:
    """Listens on the loopback, answers what it is told to, and keeps what it was sent."""

    def __init__(self) -> None:
        self.status = 200
        self.answer = b"hello world"
        self.bodies: list[bytes] = []
        self.url = ""
        self.asked = threading.Event()
        self.pause = threading.Event()
        """Cleared, it keeps answers back."""
        self.pause.set()


@pytest.fixture
def pypes(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Pypes:
    """The command line in a fresh home, with no daemon."""
    monkeypatch.setenv("PYPES_HOME", str(home))
    return Pypes(home, capsys)


@contextmanager
def running_daemon(home: Path, *flags: str) -> Iterator[Pypes]:
    command = Pypes(home)
    started = command.process("start", "-p", "0", *flags)
    assert started.code == 0, started.err
    try:
        yield command
    finally:
        command.process("stop")


@pytest.fixture(scope="session")
def daemon_home() -> Iterator[Path]:
    """A home in which a daemon runs for the whole session."""
    with tempfile.TemporaryDirectory(prefix="pypes-") as folder, running_daemon(Path(folder)):
        yield Path(folder)


@pytest.fixture(params=["with a daemon", "without a daemon"])
def either_way(
    request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Pypes:
    """The command line twice: its users cannot tell whether a daemon runs."""
    home: Path = request.getfixturevalue("daemon_home" if request.param == "with a daemon" else "home")
    monkeypatch.setenv("PYPES_HOME", str(home))
    command = Pypes(home, capsys)
    if request.param == "with a daemon":
        assert command("rm", "db").code == 0
    return command


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that really listens."""
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            state.bodies.append(self.rfile.read(int(self.headers["content-length"])))
            state.asked.set()
            state.pause.wait(20)
            self.send_response(state.status)
            self.send_header("Content-Length", str(len(state.answer)))
            self.end_headers()
            self.wfile.write(state.answer)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        state.url = f"http://127.0.0.1:{server.server_port}/hook"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield state
        server.shutdown()
        thread.join()


def webhook(url: str, **more: Any) -> str:
    """A webhook as it stands in an agent's actions."""
    return json.dumps({"type": "webhook", "url": url, **more})


def cron(expression: str, url: str = "http://127.0.0.1:9/never", **more: Any) -> str:
    """A cron trigger around a webhook."""
    return json.dumps(
        {"type": "cron", "expression": expression, "action": {"type": "webhook", "url": url}, **more}
    )


def write_agent(folder: Path, name: str, *actions: str, inputs: list[Any] | None = None) -> str:
    """Write an agent's definition to a file; its path."""
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"name": name, "inputs": inputs or [], "actions": list(actions)}, indent=2))
    return str(path)
