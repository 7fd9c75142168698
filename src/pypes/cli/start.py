"""`start` and `restart`."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click

from pypes.cli.background import PRIVATE, Started, from_environment, start_daemon
from pypes.cli.client import daemon_answers
from pypes.cli.command import Command
from pypes.cli.exits import FAILED, OK, exit_code
from pypes.cli.home import home
from pypes.cli.output import print_json, say, wants_json
from pypes.cli.owner import daemon_pid, note_path, stored_flags
from pypes.cli.stop import stop_daemon
from pypes.config import Config, load_config
from pypes.errors import PypesError, Unavailable

Flags = dict[str, Any]
REPEATABLE = ("allow_host", "allow_target", "no_proxy")


@click.command("start", cls=Command)
@click.option("-p", "--port", type=int, help="Port to listen on (7979).")
@click.option("--host", metavar="ADDR", help="Address to bind (127.0.0.1); a wider one needs a token.")
@click.option("--allow-host", multiple=True, metavar="NAME", help="A name it answers to; repeatable.")
@click.option("--allow-target", multiple=True, metavar="HOST|CIDR", help="Where it may post; repeatable.")
@click.option("--proxy", metavar="URL", help="http://HOST:PORT, through which webhooks go.")
@click.option("--no-proxy", multiple=True, metavar="HOST|CIDR", help="What needs no proxy; repeatable.")
@click.option("--database", metavar="URL", help="sqlite:///PATH, or postgresql://… for many daemons.")
@click.option("--token", help="What clients over TCP must present; PYPES_TOKEN is less visible.")
@click.option("--log-format", type=click.Choice(["text", "json"]), help="How the log is written.")
@click.option("-a", "--attach", "--attatch", is_flag=True, help="Stay in the foreground.")
@click.option("--ready-fd", type=int, hidden=True)
def start_command(*, attach: bool, ready_fd: int | None, **flags: Any) -> int:
    """Start the daemon: in the background, with its log in tmp/daemon.err, or attached to this terminal."""
    flags = _typed(flags)
    if ready_fd is not None:
        flags |= from_environment(os.environ)  # and a restart from another shell must not lose them
    if attach:
        return _attached(flags, ready_fd)
    start_in_background(flags)
    return OK


@click.command("restart", cls=Command)
def restart_command() -> None:
    """Stop the daemon and start it again, in the background, with the flags of its start."""
    flags = stored_flags()
    if daemon_pid() is not None:
        stop_daemon()
    start_in_background(flags)


def start_in_background(flags: Flags) -> None:
    """Start the daemon, wait until it serves, and say where."""
    started = launch(flags)
    if wants_json():
        print_json({"running": True, "pid": started.pid, "url": started.address, "log": str(started.log)})
    else:
        click.echo(f"pypes is running on {started.address} (pid {started.pid}), log: {started.log}")


def launch(flags: Flags) -> Started:
    """Start the daemon in the background; raise what kept it from serving."""
    return start_daemon(_ready_home(flags), flags, _arguments(flags))


def _typed(flags: Flags) -> Flags:
    """Only what was given; a relative path means the same after a restart from elsewhere."""
    given = {key: value for key, value in flags.items() if value not in (None, (), "")}
    if "database" in given and given["database"].startswith("sqlite:///"):
        given["database"] = f"sqlite:///{Path(given['database'].removeprefix('sqlite:///')).absolute()}"
    return given


def _arguments(flags: Flags) -> list[str]:
    """The flags as words of a command line, all but those that others must not read."""
    words = []
    for key, value in flags.items():
        if key not in PRIVATE:
            values = value if key in REPEATABLE else [value]
            words += [f"--{key.replace('_', '-')}={each}" for each in values]
    return words


def _ready_home(flags: Flags) -> Config:
    """Check the settings and that nobody runs here yet, then make the folders."""
    from pypes.owning import prepare_home  # noqa: PLC0415 - heavy

    _check_home(home())
    config = load_config(flags)
    if daemon_answers(config.socket_path):
        raise Unavailable(f"pypes is already running (pid {daemon_pid()}): `pypes restart` starts it anew")
    prepare_home(config.home)
    return config


def _check_home(path: Path) -> None:
    """Refuse a home that exists and is not ours to use, before anything else trips over it."""
    if path.exists() and not (path.is_dir() and os.access(path, os.R_OK | os.W_OK | os.X_OK)):
        raise Unavailable(f"{path} is not a folder that can be written: set PYPES_HOME to a folder of yours")


def _attached(flags: Flags, ready_fd: int | None) -> int:
    """Serve in this process until a signal comes; a parent that waits is told how it went."""
    from pypes.daemon import serve  # noqa: PLC0415 - heavy

    with _reporting(ready_fd) as report:
        config = _ready_home(flags)

        def ready(address: str) -> None:
            _write(note_path(), json.dumps({"address": address, "flags": flags}))
            _write(config.pid_path, f"{os.getpid()}\n")
            report(f"ready {address}")
            if ready_fd is None:
                say(f"running on {address} (pid {os.getpid()}); Ctrl-C stops it")

        try:
            return serve(config, ready=ready, rotate=ready_fd is not None)
        finally:
            _forget(config)


@contextmanager
def _reporting(ready_fd: int | None) -> Iterator[Callable[[str], None]]:
    """Give the way to tell the waiting parent one line, and tell it of an error by oneself."""
    descriptor = ready_fd
    if descriptor is not None:
        os.set_inheritable(descriptor, False)  # noqa: FBT003 - the os module's own signature

    def report(line: str) -> None:
        nonlocal descriptor
        if descriptor is not None:
            with suppress(BrokenPipeError):
                os.write(descriptor, f"{line}\n".encode())
            os.close(descriptor)
            descriptor = None

    try:
        yield report
    except PypesError as error:
        report(f"failed {exit_code(error)} {error.message}")
        raise
    except BaseException as error:
        report(f"failed {FAILED} internal error: {type(error).__name__}: {error}")
        raise


def _write(path: Path, text: str) -> None:
    """Write a file of ours whole or not at all, for its owner alone."""
    fresh = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)


def _forget(config: Config) -> None:
    """Remove the pid file if it is ours: a second daemon that could not start has none."""
    try:
        ours = config.pid_path.read_text(encoding="ascii").strip() == str(os.getpid())
    except OSError:
        return
    if ours:
        config.pid_path.unlink(missing_ok=True)
        note_path().unlink(missing_ok=True)
