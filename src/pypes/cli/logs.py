"""`logs`: the end of the background daemon's log, and what is added to it."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click

from pypes.cli.command import Command
from pypes.cli.output import print_json, wants_json
from pypes.config import load_config
from pypes.errors import Unavailable

LOOK = 0.1
"""Seconds between two looks at a log that is followed."""
BLOCK = 65536


@click.command("logs", cls=Command)
@click.option("-f", "--follow", is_flag=True, help="Go on with what is added, through rotations.")
@click.option(
    "-n", "--lines", type=click.IntRange(min=0), default=50, show_default=True, help="How many lines."
)
def logs_command(*, follow: bool, lines: int) -> None:
    """Show the end of tmp/daemon.err, the log of the background daemon."""
    path = load_config({}).err_path
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise Unavailable(f"there is no {path}: the daemon has not run in the background here yet") from None
    with file:
        for line in _last_lines(file, lines):
            _print(line)
        for line in _added_lines(file, path) if follow else ():
            _print(line)


def _print(line: bytes) -> None:
    text = line.decode(errors="replace").rstrip("\n")
    if wants_json() and not text.startswith("{"):
        print_json({"line": text})
    else:
        click.echo(text)


def _last_lines(file: BinaryIO, count: int) -> list[bytes]:
    """The last lines of a file, read backwards in blocks; the file stands at its end afterwards."""
    position = file.seek(0, os.SEEK_END)
    tail = b""
    while position > 0 and tail.count(b"\n") <= count:
        start = max(0, position - BLOCK)
        file.seek(start)
        tail = file.read(position - start) + tail
        position = start
    file.seek(0, os.SEEK_END)
    return tail.splitlines(keepends=True)[-count:] if count else []


def _added_lines(file: BinaryIO, path: Path) -> Iterator[bytes]:
    """Lines as they are added, for ever; a file that was rotated away is read to its end first."""
    rest = b""
    while True:
        if more := file.read(BLOCK):
            *lines, rest = (rest + more).split(b"\n")
            yield from lines
        elif _is_rotated(file, path):
            file = path.open("rb")
        else:
            time.sleep(LOOK)


def _is_rotated(file: BinaryIO, path: Path) -> bool:
    try:
        return path.stat().st_ino != os.fstat(file.fileno()).st_ino
    except FileNotFoundError:
        return False
