"""`status` and `nodes`: who runs, where, and how it is."""

from typing import Any

import click

from pypes import __version__
from pypes.cli.client import connect, daemon_answers, path_of
from pypes.cli.command import Command
from pypes.cli.exits import OK, UNREACHABLE
from pypes.cli.home import socket_path
from pypes.cli.output import failing, print_json, print_table, say, wants_json
from pypes.cli.owner import daemon_pid, running_address


@click.command("status", cls=Command)
def status_command() -> int:
    """Tell whether the daemon runs, where, what it has, and what is wrong. Exit 3 when it does not run."""
    status = _status()
    if wants_json():
        print_json(status)
    elif status["running"]:
        _print_status(status)
    else:
        say("not running")
    return OK if status["running"] else UNREACHABLE


@click.command("nodes", cls=Command)
def nodes_command() -> None:
    """List the daemons that share the store."""
    with connect() as client:
        nodes = client.request("GET", path_of("nodes")).json()
    if wants_json():
        print_json(nodes)
    else:
        print_table(node.values() for node in nodes["items"])


def _status() -> dict[str, Any]:
    if not daemon_answers(socket_path()):
        return {"running": False}
    url = running_address()
    with connect() as client:
        health = client.request("GET", path_of("readyz")).json()
    return {
        "running": True,
        "pid": daemon_pid(),
        "url": url,
        "port": int(url.rpartition(":")[2]) if url else None,
        "version": __version__,
        **health,
    }


def _print_status(status: dict[str, Any]) -> None:
    click.echo(f"pypes {status['version']} is running on {status['url']} (pid {status['pid']})")
    print_table([("agents", status.get("agents")), ("schedules", status.get("schedules"))])
    for who, problem in (status.get("problems") or {}).items():
        click.echo(failing(f"{who}: {problem}"))
