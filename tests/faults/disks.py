"""Ways to fill the disk under a daemon's home, and to make room again."""

import contextlib
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from living import Daemon


class Disk(Protocol):
    """A disk that can be full."""

    is_shared: bool
    """True when it is full for every process."""
    lines: int
    """How often a line is in the log that was said once while it was full."""

    def fill(self, daemon: Daemon) -> None:
        """Leave no room."""
        ...

    def free(self, daemon: Daemon) -> None:
        """Make room again."""
        ...


class Mounted:
    """A small tmpfs, on which the log does not lie: needs root."""

    is_shared = True
    lines = 1

    def __init__(self, home: Path) -> None:
        self._filler = home / "filler"

    def fill(self, _daemon: Daemon) -> None:
        with contextlib.suppress(OSError), self._filler.open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass

    def free(self, _daemon: Daemon) -> None:
        self._filler.unlink()


class Limited:
    """A limit on the size of files that the running daemon may write, its log included."""

    is_shared = False
    lines = 0

    def fill(self, daemon: Daemon) -> None:
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    def free(self, daemon: Daemon) -> None:
        unlimited = resource.RLIM_INFINITY, resource.RLIM_INFINITY
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, unlimited)


@contextmanager
def small_disk(home: Path) -> Iterator[Disk]:
    """Put the home on a disk that can be filled: a tmpfs if it can be mounted, else only a limit."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(home)]
    if sys.platform != "linux" or os.geteuid() != 0 or subprocess.run(mount, check=False).returncode != 0:
        yield Limited()
        return
    try:
        yield Mounted(home)
    finally:
        subprocess.run(["umount", "--lazy", str(home)], check=True)
