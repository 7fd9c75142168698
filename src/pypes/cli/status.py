"""`status`: does the daemon run, where, and how is it?"""

from typing import Any

import click

from pypes.cli.client import Client, Refused, connect, daemon_answers
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
        say("pypes is not running")
    return OK if status["running"] else UNREACHABLE


def _status() -> dict[str, Any]:
    if not daemon_answers(socket_path()):
        return {"running": False}
    url = running_address()
    with connect() as client:
        node, *_ = client.request("GET", "/nodes").json()["items"] or [None]
        if node is None:  # it went away meanwhile
            return {"running": False}
        health = _health(client)
    return {
        "running": True,
        "pid": daemon_pid(),
        "url": url,
        "port": int(url.rpartition(":")[2]) if url else None,
        **node,
        **health,
    }


def _health(client: Client) -> dict[str, Any]:
    """What is wrong; a daemon that is not ready says so with a 503."""
    try:
        return dict(client.request("GET", "/readyz").json())
    except Refused as refused:
        if "problems" in refused.problem:
            return dict(refused.problem)
        raise


def _print_status(status: dict[str, Any]) -> None:
    where = f" on {status['url']}" if status["url"] else ""
    click.echo(f"pypes {status['version']} is running{where} (pid {status['pid']})")
    print_table([(key, status[key]) for key in ("agents", "schedules", "started")])
    for who, problem in status["problems"].items():
        click.echo(failing(f"{who}: {problem}"))
