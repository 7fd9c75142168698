"""Who owns the store, and whether that is a daemon: told by the lock, which dies with its holder.

The pid file alone proves nothing: a daemon that was killed leaves it behind, and its number goes to others.
"""

import fcntl
import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

from pypes.cli.client import daemon_answers
from pypes.cli.home import home, socket_path
from pypes.config import Config, load_config
from pypes.errors import Unavailable
from pypes.store.lock import OwnerLock

PEER = (socket.SOL_SOCKET, socket.SO_PEERCRED, 12) if sys.platform == "linux" else (0, 2, 4)
"""Where the kernel tells the process at the other end: unix(7); SOL_LOCAL and LOCAL_PEERPID on macOS."""


def note_path() -> Path:
    """What a daemon notes beside its pid file while it runs: its address, and the flags of its start."""
    return home() / "tmp" / "agents.flags.json"


def stored_flags() -> dict[str, Any]:
    """The flags that the daemon was started with; empty when none is known."""
    flags = _note().get("flags")
    return flags if isinstance(flags, dict) else {}


def running_address() -> str | None:
    """The URL of the daemon that runs, as far as it has noted one."""
    return _note().get("address")


def _note() -> dict[str, Any]:
    try:
        note = json.loads(note_path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}


def running_config() -> Config:
    """The settings of the daemon that runs in this home, its flags included."""
    return load_config({key: tuple(v) if isinstance(v, list) else v for key, v in stored_flags().items()})


def owner() -> int | None:
    """The process that owns the store now, or None."""
    lock_path = running_config().lock_path
    if not _is_held(lock_path):
        return None
    return OwnerLock(lock_path).holder() or 0


def daemon_pid() -> int | None:
    """The process id of the daemon in this home, or None: a command that owns the store is none."""
    pid = owner()
    if pid is not None and pid == _written_pid(running_config().pid_path):
        return pid
    return _listening_pid()


def _listening_pid() -> int | None:
    """Who answers on the socket, as the kernel says: cleaners of tmp folders remove pid files."""
    if not daemon_answers(socket_path()):
        return None
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.connect(str(socket_path()))
        said = asking.getsockopt(*PEER)
    return int.from_bytes(said[:4], sys.byteorder) or None


def _written_pid(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _is_held(path: Path) -> bool:
    """Try to share the lock, for no longer than it takes to know; commands that ask at once may all share."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise Unavailable(
            f"{path} cannot be opened ({error.strerror}): set PYPES_HOME to a folder of yours"
        ) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
