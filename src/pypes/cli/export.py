"""`export`: all agents as NDJSON, ready to be applied again."""

from collections.abc import Iterator

import click
import msgspec

from pypes.cli.client import Client, connect, path_of
from pypes.cli.command import Command
from pypes.cli.output import print_bytes, wants_json

PAGE = 500
"""How many agents are asked for at once."""


@click.command("export", cls=Command)
def export_command() -> None:
    """Print every agent on a line of its own, byte for byte as it is stored; `pypes apply -` reads it.

    With --json they are one array, which it reads as well.
    """
    with connect() as client:
        if wants_json():
            print_bytes(client.request("GET", "/agents").chunks)
            return
        for agents in pages_of_agents(client):
            click.echo(b"\n".join(agents))


def pages_of_agents(client: Client) -> Iterator[list[bytes]]:
    """Every agent as the API writes it, page by page: a store may hold more than memory does."""
    after: str | None = None
    while agents := _page(client, after):
        yield [bytes(agent) for agent in agents]
        after = msgspec.json.decode(agents[-1], type=_Named).name


class _Named(msgspec.Struct):
    name: str


def _page(client: Client, after: str | None) -> list[msgspec.Raw]:
    body = client.request("GET", path_of("agents", limit=PAGE, after=after)).read()
    return msgspec.json.decode(body, type=list[msgspec.Raw])
