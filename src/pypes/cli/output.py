"""What a person or a script sees: results on stdout, prose on stderr."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import click

JSON_KEY = "pypes.json"
"""Where the context keeps that JSON was asked for."""


def wants_json() -> bool:
    """True when `--json` was given anywhere after the command."""
    return bool(click.get_current_context().meta.get(JSON_KEY))


def say(sentence: str) -> None:
    """Tell a person something, on stderr: one line, and nothing that a terminal would obey."""
    click.echo(f"pypes: {plain(sentence)}", err=True)


def print_json(value: Any) -> None:
    """Print one JSON value on one line."""
    click.echo(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def print_bytes(chunks: Iterable[bytes]) -> None:
    """Copy a body to stdout as it arrives, and end the line."""
    for chunk in chunks:
        click.echo(chunk, nl=False)
    click.echo()


def print_table(rows: Iterable[Sequence[object]]) -> None:
    """Print rows whose columns line up; the last column may be as long as it likes."""
    cells = [[plain(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(line.rstrip())


def plain(value: object) -> str:
    """Write a value on one line, without what a terminal would obey: receivers say what they like."""
    text = "-" if value is None else str(value)
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def failing(text: str) -> str:
    """Mark what went wrong, in red where colour is seen."""
    return click.style(text, fg="red")


def people_time(text: str | None) -> str | None:
    """Turn an answer's moment into the way the log writes it: `2026-05-03 12:05:00 UTC`."""
    if text is None:
        return None
    date, _, time = text.partition("T")
    return f"{date} {time.removesuffix('Z').partition('.')[0]} UTC"
