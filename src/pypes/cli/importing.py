"""`import`: agents of the original, with everything that could not come over as it was."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from pypes import cron
from pypes.cli.client import NDJSON, connect
from pypes.cli.command import Command
from pypes.cli.home import home
from pypes.cli.original import read_original
from pypes.cli.output import print_json, say, wants_json
from pypes.clock import SystemClock
from pypes.cron.text import name_weekdays
from pypes.errors import InvalidInput, PypesError
from pypes.model.agent import salvage_agent
from pypes.triggers.cron import Cron

Agent = dict[str, Any]


@click.command("import", cls=Command)
@click.argument("file", required=False, type=click.Path(path_type=Path))
def import_command(file: Path | None) -> None:
    """Bring agents over from the original's agents.db (by default the one in db/), which is never written.

    An agent of the same name is replaced. What cannot run here is kept as a label, or dropped, and listed.
    """
    kept = read_original(file or home() / "db" / "agents.db")
    agents, dropped = _acceptable(kept.agents)
    body = "".join(f"{json.dumps(agent, ensure_ascii=False)}\n" for agent in agents).encode()
    with connect() as client:
        answer = client.request("POST", "/agents?keep=unrecognized", body, NDJSON).json()
    dropped |= kept.dropped
    if wants_json():
        print_json({**answer, "dropped": dropped})
        return
    _tell(agents, dropped, answer)
    for warning in answer.get("warnings", ()):
        say(warning)


def _tell(agents: list[Agent], dropped: dict[str, str], answer: dict[str, Any]) -> None:
    for label in answer["labels"]:
        if label["error"] is not None:
            say(f"{label['agent']}[{label['action']}] is kept as a label: {label['error']}: {label['raw']}")
    for key, reason in dropped.items():
        say(f"{key} was dropped: {reason}")
    for agent in agents:
        for note in _read_otherwise(agent):
            say(note)
    click.echo(f"Imported {answer['records_created']} agent(s)")


def _acceptable(agents: list[Agent]) -> tuple[list[Agent], dict[str, str]]:
    """Split off what the API would refuse whole: one bad agent must not keep the others out."""
    good: dict[str, Agent] = {}
    dropped: dict[str, str] = {}
    for agent in agents:
        try:
            salvage_agent(json.dumps(agent).encode(), SystemClock().now())
        except PypesError as error:
            dropped[agent["name"]] = error.message
            continue
        if agent["name"] in good:
            dropped[agent["name"]] = "another key holds an agent of this name, which was taken"
            continue
        good[agent["name"]] = agent
    return list(good.values()), dropped


def _read_otherwise(agent: Agent) -> Iterator[str]:
    """Name each cron action that the original read in another way."""
    entries = salvage_agent(json.dumps(agent).encode(), SystemClock().now()).entries
    for index, entry in enumerate(entries):
        if isinstance(entry.action, Cron):
            for note in read_otherwise(entry.action.expression):
                yield f"{agent['name']}[{index}] cron `{entry.action.expression}`: {note}"


def read_otherwise(expression: str) -> Iterator[str]:
    """Say how the original read an expression otherwise: 1 was Sunday, and both kinds of day had to match."""
    fields = expression.split()
    if len(fields) < 5:
        return
    weekday_at = 4 if len(fields) == 5 else 5
    here = cron.parse(expression).dates.days
    theirs = re.sub(r"(?<![/#\d])\d+", lambda number: str(int(number[0]) - 1), fields[weekday_at])
    fields[weekday_at] = theirs
    try:
        there = cron.parse(" ".join(fields)).dates.days
    except InvalidInput:
        yield "the original could not read its day of week, so it never ran there"
        return
    if here.weekdays != there.weekdays:
        yield (
            f"here it means {name_weekdays(here)}; the original counted Sunday as 1, and meant "
            f"{name_weekdays(there)}: write {theirs} as its day of week to keep that"
        )
    if not here.both:
        yield (
            "here either day of month or day of week will do; the original asked for both: "
            f"write +{theirs} as its day of week to keep that"
        )
