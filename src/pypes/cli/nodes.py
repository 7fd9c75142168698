"""`nodes` and `drain`: the daemons that share the store."""

import json
from typing import Any

import click

from pypes.cli.client import JSON, connect
from pypes.cli.command import Command
from pypes.cli.output import people_time, print_json, print_table, say, wants_json

HEAD = ("node", "state", "version", "since", "heartbeat", "held", "a minute", "clock")


@click.command("nodes", cls=Command)
def nodes_command() -> None:
    """List the daemons that share the store: what each holds and starts, and how its clock differs."""
    with connect() as client:
        _print(client.request("GET", "/nodes").json())


@click.command("drain", cls=Command)
@click.argument("node", required=False)
@click.option("--end", is_flag=True, help="Let it claim again.")
def drain_command(*, node: str | None, end: bool) -> None:
    """Let a daemon hand over its work: it claims nothing more, and gives back what it has not sent yet.

    Without NODE, the one of this home. What is under way ends; others take the rest at once. It goes on
    answering, and may be stopped whenever `pypes nodes` shows that it holds nothing.
    """
    body = json.dumps({"node": node, "drain": not end}).encode()
    with connect() as client:
        _print(client.request("POST", "/nodes/drain", body, JSON).json())


def _print(nodes: dict[str, Any]) -> None:
    if wants_json():
        print_json(nodes)
    elif not nodes["items"]:
        say("no daemon runs")
    else:
        print_table([HEAD, *(_row(node) for node in nodes["items"])])


def _row(node: dict[str, Any]) -> tuple[object, ...]:
    return (
        node["node"],
        node["state"],
        node["version"],
        people_time(node["started"]),
        people_time(node["heartbeat"]),
        f"{node['held']} of {node['seats']}",
        node["rate"],
        f"{node['clock_offset_ms']:+.1f} ms",
    )
