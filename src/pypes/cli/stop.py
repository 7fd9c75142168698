"""`stop` and `reload`: signals to the daemon."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import click

from pypes.cli.command import Command
from pypes.cli.output import print_json, say, wants_json
from pypes.cli.owner import daemon_pid, owner
from pypes.errors import Unavailable

PATIENCE = 15.0
"""Seconds that a daemon has for ending what is under way; it gives up on it after 10."""
STARTING = 3.0
"""Seconds that an owner of the store has for turning out to be a daemon."""


@click.command("stop", cls=Command)
def stop_command() -> None:
    """Stop the daemon and wait until it is gone: requests under way get up to 10 seconds to end."""
    pid = stop_daemon()
    if wants_json():
        print_json({"running": False, "pid": pid})
    else:
        say(f"stopped (pid {pid})")


@click.command("reload", cls=Command)
def reload_command() -> None:
    """Make the daemon look at its schedules again; none moves, is dropped or repeated by that."""
    pid = _signal(signal.SIGHUP)
    if wants_json():
        print_json({"running": True, "pid": pid})
    else:
        say(f"reloading (pid {pid})")


def stop_daemon() -> int:
    """Ask the daemon to end and wait for it; its process id. Raises `Unavailable` if there is none."""
    pid = _signal(signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    while not _is_gone(pid):
        if time.monotonic() > deadline:
            raise Unavailable(f"pypes (pid {pid}) did not stop within {PATIENCE:.0f} seconds")
        time.sleep(0.02)
    return pid


def _signal(number: signal.Signals) -> int:
    pid = _wait_for_daemon()
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        raise Unavailable("pypes is not running") from None
    except PermissionError:
        raise Unavailable(f"pypes (pid {pid}) belongs to another user") from None
    return pid


def _wait_for_daemon() -> int:
    """The daemon's process id; one that is only just starting is waited for."""
    deadline = time.monotonic() + STARTING
    while (pid := daemon_pid()) is None:
        holder = owner()
        if holder is None:
            raise Unavailable("pypes is not running")
        if time.monotonic() > deadline:
            raise Unavailable(f"pypes is not running, but process {holder} uses its store")
        time.sleep(0.02)
    return pid


def _is_gone(pid: int) -> bool:
    """The lock is free; and, so that its port is free too, the process has ended."""
    return owner() != pid and not is_alive(pid)


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; one that has ended but was not yet reaped does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] != b"Z"
    return True
