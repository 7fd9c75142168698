"""`add`, `rm` and `ls`: agents as a whole."""

import json
import sys
from collections.abc import Iterator

import click

from pypes.cli.client import Client, agent_path, connect, path_of
from pypes.cli.command import Command, Group
from pypes.cli.output import print_bytes, print_json, say, wants_json
from pypes.errors import Conflict, InvalidInput, NotFound

PAGE = 500
"""How many agents are asked for at once."""


@click.group("add", cls=Group)
def add_command() -> None:
    """Add an agent."""


@add_command.command("agent")
@click.argument("name")
def add_agent(name: str) -> None:
    """Add an empty agent."""
    with connect() as client:
        if _exists(client, name):
            raise Conflict(f"there is already an agent `{name}`")
        body = json.dumps({"name": name, "inputs": [], "actions": []}).encode()
        created = client.request("POST", "/agents", body).json()
    if wants_json():
        print_json(created)
    else:
        click.echo(f"Added {name}")


@add_command.command("vector-db", hidden=True)
@click.argument("name", required=False)
def add_vector_db(name: str | None) -> None:  # noqa: ARG001 - the original took one
    """Explain what became of it."""
    raise InvalidInput(
        "pypes does not run vector databases: start one yourself, as with `docker run qdrant/qdrant`, "
        "and let a webhook talk to it"
    )


@click.group("rm", cls=Group)
def rm_command() -> None:
    """Remove an agent, or all there is."""


@rm_command.command("agent")
@click.argument("name")
def rm_agent(name: str) -> None:
    """Remove an agent, its inputs and its schedules; the ledger keeps its runs."""
    with connect() as client:
        client.request("DELETE", agent_path(name)).read()
    if wants_json():
        print_json({"removed": name})
    else:
        say(f"removed {name}")


@rm_command.command("db")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def rm_db(*, yes: bool) -> None:
    """Empty the store: all agents, and the ledger."""
    if not yes and sys.stdin.isatty():
        click.confirm("Remove all agents, their inputs and all runs?", abort=True, err=True)
    with connect() as client:
        client.request("DELETE", "/agents").read()
    if wants_json():
        print_json({"emptied": True})
    else:
        say("the store is empty")


@click.command("ls", cls=Command)
def ls_command() -> None:
    """List the agents."""
    with connect() as client:
        if wants_json():
            print_bytes(client.request("GET", "/agents").chunks)
            return
        for names in _pages_of_names(client):
            click.echo("\n".join(f"Agent {name}" for name in names))


def _pages_of_names(client: Client) -> Iterator[list[str]]:
    """All names, page by page: a store may hold more than memory does."""
    after: str | None = None
    while agents := client.request("GET", path_of("agents", limit=PAGE, after=after)).json():
        names = [agent["name"] for agent in agents]
        yield names
        if len(names) < PAGE:
            return
        after = names[-1]


def _exists(client: Client, name: str) -> bool:
    try:
        client.request("GET", agent_path(name)).read()
    except NotFound:
        return False
    return True
