"""Owning: the home is made, and the store belongs to this process alone, whoever it is that runs."""

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pypes.clock import Clock, SharedClock, SystemClock
from pypes.config import Config
from pypes.errors import Unavailable
from pypes.store.database import Database, database_at
from pypes.store.lock import OwnerLock

PATIENCE = 5.0
"""Seconds to wait for a command that owns the store for a moment."""


def prepare_home(home: Path) -> None:
    """Make the home and its folders, readable by their owner alone; raise `Unavailable` when that fails."""
    try:
        for folder in (home, home / "db", home / "tmp", home / "secrets"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if home == Path("~/.agents").expanduser():  # the original's may be open; any other folder is a choice
            home.chmod(0o700)
        for folder in (home, home / "db"):
            if not os.access(folder, os.W_OK | os.X_OK):
                raise PermissionError(13, "Permission denied", str(folder))
    except OSError as error:
        raise Unavailable(
            f"{error.filename or home} cannot be written ({error.strerror}): "
            "set PYPES_HOME to a folder of yours"
        ) from None


def database_of(config: Config) -> Database:
    """Where the store is; raise `ConfigError` when its driver is missing."""
    return database_at(
        config.store_place, prepares=config.database_prepares, notifies=config.database_notifies
    )


def clock_of(config: Config) -> Clock:
    """The machine's clock, or that of the database that daemons share."""
    return SharedClock() if config.is_shared else SystemClock()


def place_of(config: Config) -> str:
    """A name for this machine and home that outlives the daemons which run in it, and that no other has."""
    if not config.is_shared:
        return str(config.home)
    path = config.home / "tmp" / "place"
    try:
        token = path.read_text(encoding="ascii")
    except FileNotFoundError:
        token = secrets.token_hex(8)
        path.write_text(token, encoding="ascii")
        path.chmod(0o600)
    return f"{socket.gethostname()}:{token}"


@contextmanager
def owning(config: Config) -> Iterator[None]:
    """Hold the owner lock: proof that nobody else writes this store."""
    config.store_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = OwnerLock(config.lock_path)
    if not lock.acquire(PATIENCE):
        raise Unavailable(
            f"{config.home if config.is_shared else config.store_path} belongs to another pypes "
            f"(pid {lock.holder()}): stop that one, or set PYPES_HOME to another folder"
        )
    try:
        yield
    finally:
        lock.release()
