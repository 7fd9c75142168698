"""`apply`: agents from files, all of them or none."""

import json
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from itertools import chain, islice
from typing import BinaryIO

import click
import msgspec

from pypes.cli.client import NDJSON, Client, agent_path, connect
from pypes.cli.command import Command
from pypes.cli.output import print_json, say, wants_json
from pypes.errors import InvalidInput, NotFound

FEW = 100
"""Up to so many agents each is named, with what became of it; more are only counted."""

Line = bytes


@click.command("apply", cls=Command)
@click.argument("files", metavar="FILE…|-", nargs=-1, required=True, type=click.Path(allow_dash=True))
def apply_command(files: tuple[str, ...]) -> None:
    """Create or replace the agents in files: JSON objects, arrays or NDJSON.

    One mistake, and none is applied. What is unchanged keeps its schedule, so twice is like once.
    """
    lines = chain.from_iterable(map(agents_in, files))
    first = list(islice(lines, FEW + 1))
    with connect() as client:
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


def agents_in(file: str) -> Iterator[Line]:
    """The agents of a file, each as one line of JSON, byte for byte but for line breaks."""
    opened = nullcontext(sys.stdin.buffer) if file == "-" else open(file, "rb")  # noqa: PTH123, SIM115 - `-` too
    with opened as stream:
        first = _first_line(stream)
        if _is_object(first):
            yield first
            yield from stream
        else:
            yield from _whole(file, first + stream.read())


def _first_line(stream: BinaryIO) -> bytes:
    line = stream.readline()
    while line.isspace():
        line = stream.readline()
    return line


def _is_object(line: bytes) -> bool:
    """True for a line that is complete by itself: then lines are what the file is made of."""
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _whole(file: str, text: bytes) -> list[Line]:
    try:
        if text.lstrip().startswith(b"["):
            raws = msgspec.json.decode(text, type=list[msgspec.Raw])
        else:
            raws = [msgspec.json.decode(text, type=msgspec.Raw)]
    except msgspec.DecodeError as error:
        raise InvalidInput(
            f"{file}: {str(error).replace('JSON is malformed', 'the JSON is malformed')}"
        ) from None
    return [bytes(raw).replace(b"\n", b" ").replace(b"\r", b" ") for raw in raws]


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
