"""Starting the daemon as a process of its own, and hearing from it whether it could.

The child is a new Python, never a fork: threads and clients do not survive one. It holds the writing end of
a pipe, on which it says one line: `ready ADDRESS`, or `failed CODE SENTENCE`; a pipe that closes without a
line means that it died.
"""

import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pypes.cli.exits import UNACCEPTABLE
from pypes.config import Config
from pypes.errors import ConfigError, Unavailable

PATIENCE = 10.0
"""Seconds to wait for the child's line."""
PRIVATE = ("token", "proxy", "database")
"""Flags that may hold a password: they travel in the environment, which other users cannot read."""


class Started(NamedTuple):
    """A daemon that serves."""

    pid: int
    address: str
    log: Path


def start_daemon(config: Config, flags: Mapping[str, Any], arguments: list[str]) -> Started:
    """Start `pypes start --attach` in a session of its own, its stderr the log; raise why it failed."""
    reading, writing = os.pipe()
    command = [sys.executable, "-P", "-m", "pypes", "start", "--attach", "--ready-fd", str(writing)]
    with open_private(config.out_path) as out, open_private(config.err_path) as err:
        child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [*command, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            cwd=config.home,
            env=_environment(config, flags),
            pass_fds=[writing],
            start_new_session=True,
        )
    os.close(writing)
    try:
        line = _first_line(reading)
    except KeyboardInterrupt:
        child.terminate()
        raise
    finally:
        os.close(reading)
    child.returncode = 0  # it outlives this process on purpose: no warning about that
    return _understood(child.pid, line, config.err_path)


def _environment(config: Config, flags: Mapping[str, Any]) -> dict[str, str]:
    given = {_variable(key): str(flags[key]) for key in PRIVATE if flags.get(key)}
    return {**os.environ, "PYPES_HOME": str(config.home), **given}


def from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The private flags that a parent passed."""
    return {key: given for key in PRIVATE if (given := environment.get(_variable(key)))}


def _variable(key: str) -> str:
    return f"PYPES_{key.upper()}"


def open_private(path: Any) -> Any:
    """Open a file for appending that only its owner may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


def _first_line(reading: int) -> str | None:
    """One line; empty when the child died first, None when it took too long."""
    said, deadline = b"", time.monotonic() + PATIENCE
    while not said.endswith(b"\n"):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([reading], [], [], left)[0]:
            return None
        more = os.read(reading, 4096)
        if not more:
            break
        said += more
    return said.decode()


def _understood(pid: int, line: str | None, log: Path) -> Started:
    if line is None:
        raise Unavailable(f"pypes is still starting (pid {pid}): ask `pypes status`, or look at {log}")
    word, _, rest = line.strip().partition(" ")
    if word == "ready":
        return Started(pid, rest, log)
    if word == "failed":
        code, _, sentence = rest.partition(" ")
        raise ConfigError(sentence) if int(code) == UNACCEPTABLE else Unavailable(sentence)
    raise Unavailable(f"pypes died while it started: its last words are at the end of {log}")
