"""`agent NAME …`: one agent."""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import click

from pypes.cli.backfill import OVERLAPS
from pypes.cli.client import NDJSON, Client, agent_path, connect, path_of
from pypes.cli.command import Group
from pypes.cli.exits import FAILED, OK
from pypes.cli.outcomes import has_failed, line_of, lines_below, named
from pypes.cli.output import people_time, print_json, print_table, say, wants_json
from pypes.cli.runs import page_of_runs, print_runs

CHUNK = 65536
PROGRESS_EVERY = 10_000
"""Lines between two changes of the progress line."""


@click.group("agent", cls=Group, subcommand_metavar="add|run|show|runs|next|pause|resume …")
@click.argument("name")
@click.pass_context
def agent_command(context: click.Context, name: str) -> None:
    """Work with one agent: its inputs, actions, runs and schedules."""
    context.obj = name


@agent_command.command("add")
@click.argument("value", metavar="JSON|-")
@click.option("--action", is_flag=True, help="Append an action instead of an input.")
@click.pass_obj
def add(name: str, *, value: str, action: bool) -> None:
    """Append an input (any JSON), or `-` for many: NDJSON from stdin, stored as it arrives."""
    with connect() as client:
        answer = _add_action(client, name, value) if action else _add_inputs(client, name, value)
    if wants_json():
        print_json(answer)
    elif action:
        say(f"{name} has {len(answer['actions'])} action(s) now")
    else:
        say(f"added {answer['records_created']} input(s) to {name}")


@agent_command.command("run")
@click.option("--fire", is_flag=True, help="Do now what triggers wrap; their schedules do not move.")
@click.option("--dry", is_flag=True, help="Render everything and send nothing.")
@click.option("--overlap", type=click.Choice(OVERLAPS), help="What open runs mean (allow_all).")
@click.pass_obj
def run(name: str, *, fire: bool, dry: bool, overlap: str | None) -> int:
    """Do every action once, in order; triggers say when they fire next."""
    if fire and dry:
        raise click.UsageError("--fire and --dry exclude each other")
    asked = {"fire": "true" if fire else None, "dry": "true" if dry else None, "overlap": overlap}
    with connect() as client:
        outcomes = client.request("POST", agent_path(name, "run", **asked)).json()
    if wants_json():
        print_json(outcomes)
    else:
        for outcome in outcomes:
            click.echo("\n".join([line_of(outcome), *lines_below(outcome)]))
        if not outcomes:
            say(f"{name} has no actions")
    return FAILED if any(map(has_failed, outcomes)) else OK


@agent_command.command("show")
@click.pass_obj
def show(name: str) -> None:
    """Show its actions, and how many inputs it has."""
    with connect() as client:
        agent = client.request("GET", agent_path(name, actions="objects")).json()
    if wants_json():
        print_json(agent)
        return
    click.echo(f"Agent {agent['name']}, {len(agent['inputs'])} input(s)")
    for index, action in enumerate(agent["actions"]):
        click.echo(f"[{index}] {json.dumps(action, ensure_ascii=False)}")
    if "options" in agent:
        click.echo(f"options {json.dumps(agent['options'], ensure_ascii=False)}")


@agent_command.command("runs")
@click.option("-n", "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many.")
@click.pass_obj
def runs(name: str, *, limit: int) -> None:
    """List its runs, newest first; those of an agent that was removed too."""
    with connect() as client:
        page = page_of_runs(client, agent=name, limit=limit)
        if not page["items"]:
            client.request("GET", agent_path(name)).read()
    print_runs(page)


@agent_command.command("next")
@click.pass_obj
def next_fires(name: str) -> None:
    """Say when each of its schedules fires next."""
    with connect() as client:
        page = client.request("GET", path_of("schedules", agent=name, limit=1000)).json()
    if wants_json():
        print_json(page)
        return
    print_table(_schedule_row(schedule) for schedule in page["items"])
    if not page["items"]:
        say(f"{name} has no triggers")


@agent_command.command("pause")
@click.option("--action", metavar="INDEX|ID", help="Only this action.")
@click.option("--until", metavar="MOMENT", help="Resume by itself then.")
@click.option("--note", metavar="TEXT", help="Why.")
@click.pass_obj
def pause(name: str, /, **details: str | None) -> None:
    """Pause its schedules: their slots are skipped, and the ledger says so."""
    _pause_or_resume(name, "pause", details)


@agent_command.command("resume")
@click.option("--action", metavar="INDEX|ID", help="Only this action.")
@click.pass_obj
def resume(name: str, /, **details: str | None) -> None:
    """Resume its schedules with the slots that come."""
    _pause_or_resume(name, "resume", details)


def _pause_or_resume(name: str, verb: str, details: dict[str, str | None]) -> None:
    given: dict[str, Any] = {key: value for key, value in details.items() if value is not None}
    if given.get("action", "").isdecimal():
        given["action"] = int(given["action"])
    body = json.dumps(given).encode() if given else None
    with connect() as client:
        answer = client.request("POST", agent_path(name, verb), body).json()
    if wants_json():
        print_json(answer)
    else:
        say(f"{verb}d {answer[f'{verb}d']} schedule(s) of {name}")


def _schedule_row(schedule: dict[str, Any]) -> list[object]:
    note = f"({schedule['note']})" if schedule.get("note") else ""
    return [
        f"[{schedule['action']}]",
        named(schedule),
        people_time(schedule["next"]),
        schedule["state"],
        note,
    ]


def _add_inputs(client: Client, name: str, value: str) -> Any:
    path = agent_path(name, "inputs")
    if value == "-":
        return client.request("POST", path, _with_progress(_stdin()), NDJSON).json()
    return client.request("POST", path, _encoded(value)).json()


def _add_action(client: Client, name: str, value: str) -> Any:
    """Append to `actions`: a merge patch replaces lists whole."""
    actions = client.request("GET", agent_path(name)).json()["actions"]
    texts = b"".join(_stdin()).decode().splitlines() if value == "-" else [value]
    body = json.dumps({"actions": actions + [_unquoted(text) for text in texts if text.strip()]}).encode()
    return client.request("PATCH", agent_path(name), body).json()


def _encoded(text: str) -> bytes:
    """An argument as the bytes that were typed, whatever the locale."""
    return os.fsencode(text) if text else b" "


def _stdin() -> Iterator[bytes]:
    """Standard input as it arrives. Unbuffered: a thread that waits here must not hold a lock at the end."""
    while chunk := os.read(sys.stdin.fileno(), CHUNK):
        yield chunk


def _with_progress(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Count lines on a terminal's last line while they are sent."""
    if not sys.stderr.isatty():
        yield from chunks
        return
    lines = shown = 0
    for chunk in chunks:
        yield chunk
        lines += chunk.count(b"\n")
        if lines - shown >= PROGRESS_EVERY:
            shown = lines
            click.echo(f"\rpypes: {lines:,} lines sent", nl=False, err=True)
    if shown:
        click.echo("\r\033[K", nl=False, err=True)


def _unquoted(text: str) -> str:
    """Take an action as it stands in an agent's JSON, a string that holds it, for what it holds."""
    try:
        held = json.loads(text)
    except ValueError:
        return text
    return held if isinstance(held, str) else text
