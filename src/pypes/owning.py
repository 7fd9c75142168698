"""Owning: the home is made, and the store belongs to this process alone, whoever it is that runs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pypes.config import Config
from pypes.errors import Unavailable
from pypes.store.lock import OwnerLock

PATIENCE = 5.0
"""Seconds to wait for a command that owns the store for a moment."""


def prepare_home(home: Path) -> None:
    """Make the home and its folders, readable by their owner alone; raise `Unavailable` when that fails."""
    try:
        for folder in (home, home / "db", home / "tmp", home / "secrets"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (home, home / "db"):
            if not os.access(folder, os.W_OK | os.X_OK):
                raise PermissionError(13, "Permission denied", str(folder))
    except OSError as error:
        raise Unavailable(
            f"{error.filename or home} cannot be written ({error.strerror}): "
            "set PYPES_HOME to a folder of yours"
        ) from None


@contextmanager
def owning(config: Config) -> Iterator[None]:
    """Hold the owner lock: proof that nobody else writes this store."""
    config.store_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = OwnerLock(config.lock_path)
    if not lock.acquire(PATIENCE):
        raise Unavailable(
            f"{config.store_path} belongs to another pypes (pid {lock.holder()}): stop that one, "
            "or set PYPES_HOME to another folder"
        )
    try:
        yield
    finally:
        lock.release()
