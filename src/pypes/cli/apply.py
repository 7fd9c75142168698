"""`apply`: agents from files, all of them or none."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice

import click

from pypes.cli.client import NDJSON, Client, agent_path, connect
from pypes.cli.command import Command
from pypes.cli.definitions import Places, agents_in
from pypes.cli.output import print_json, say, wants_json
from pypes.errors import NotFound, PypesError

FEW = 100
"""Up to so many agents each is named, with what became of it; more are only counted."""

Line = bytes


@click.command("apply", cls=Command)
@click.argument("files", metavar="FILE…|-", nargs=-1, required=True, type=click.Path(allow_dash=True))
def apply_command(files: tuple[str, ...]) -> None:
    """Create or replace the agents in files: JSON objects, arrays or NDJSON.

    One mistake, and none is applied. What is unchanged keeps its schedule, so twice is like once.
    """
    places = Places()
    lines = chain.from_iterable(places.noting(file, agents_in(file)) for file in files)
    first = list(islice(lines, FEW + 1))
    with connect() as client, _naming(places):
        names = [_name(line) for line in first] if len(first) <= FEW else []
        before = {name: _stored(client, name) for name in names if name is not None}
        answer = client.request("POST", "/agents", _joined(chain(first, lines)), NDJSON).json()
        told = [(_change(was, _stored(client, name)), name) for name, was in before.items()]
    if wants_json():
        print_json(answer)
        return
    for change, name in told:
        click.echo(f"{change} {name}")
    for warning in answer.get("warnings", ()):
        say(warning)
    say(f"applied {answer['records_created']} agent(s)")


@contextmanager
def _naming(places: Places) -> Iterator[None]:
    """Name the file and its line where the API names a line of what it was sent."""
    try:
        yield
    except PypesError as error:
        number = error.problem.get("line")
        place = places.of(number) if isinstance(number, int) else None
        if place is not None:
            file, line = place
            error.message = f"{file}, line {line}: {error.message.removeprefix(f'line {number}: ')}"
            error.problem = {**error.problem, "file": file, "line": line}
        raise


def _joined(lines: Iterator[Line]) -> Iterator[bytes]:
    for line in lines:
        yield line if line.endswith(b"\n") else line + b"\n"


def _name(line: Line) -> str | None:
    """An agent's name, where the line has one: the API says what is wrong with the others."""
    try:
        name = json.loads(line).get("name")
    except (ValueError, RecursionError, AttributeError):
        return None
    return name if isinstance(name, str) and name else None


def _stored(client: Client, name: str) -> bytes | None:
    try:
        return client.request("GET", agent_path(name)).read()
    except NotFound:
        return None


def _change(before: bytes | None, after: bytes | None) -> str:
    if before is None:
        return "created"
    return "unchanged" if before == after else "replaced"
