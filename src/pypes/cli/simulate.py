"""`simulate`: what the ledger would say of a span of time, by the engine itself on a clock that jumps."""

from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

import click

from pypes.cli.client import connect
from pypes.cli.command import Command
from pypes.cli.definitions import agents_in, shown
from pypes.cli.export import pages_of_agents
from pypes.cli.output import print_json, print_table, say, wants_json
from pypes.errors import ConfigError, PypesError

if TYPE_CHECKING:
    from pypes.model.agent import Agent

SHOWN = 200
"""Rows that are printed for people; `--json` prints them all."""


@click.command("simulate", cls=Command)
@click.option("--from", "start", metavar="MOMENT", required=True, help="Like 2026-10-25T00:00:00Z.")
@click.option("--to", "end", metavar="MOMENT", required=True, help="The last moment, included.")
@click.option("--file", metavar="FILE", help="Agents from a file, instead of those that are stored.")
@click.option("--duration", metavar="TIME", default="0s", help="How long each run takes, like 2s.")
def simulate_command(*, start: str, end: str, file: str | None, duration: str) -> None:
    """Show what would run and what would be skipped between two moments; nothing is sent or stored."""
    rows = _simulated(start=start, end=end, file=file, duration=duration)
    if wants_json():
        print_json({"items": rows})
        return
    print_table(_line(row) for row in rows[:SHOWN])
    if not rows:
        say("no slot falls between them")
    if len(rows) > SHOWN:
        say(f"{len(rows) - SHOWN} more rows: --json prints them all")
    for (state, reason), slots in sorted(_totals(rows).items()):
        say(f"{slots} slot(s) {state}{': ' + reason if reason else ''}")


def _simulated(*, start: str, end: str, file: str | None, duration: str) -> list[dict[str, Any]]:
    from pypes.engine.simulating import simulate  # noqa: PLC0415 - only this command needs the engine
    from pypes.instants import format_instant, parse_duration, parse_instant  # noqa: PLC0415 - likewise

    first, last = parse_instant(start), parse_instant(end)
    if last < first:
        raise ConfigError("--to is before --from")
    agents = list(_agents(file, first))
    return [
        {
            "agent": row.agent,
            "action": row.action,
            "trigger": row.trigger,
            "slot": format_instant(row.slot),
            "to": None if row.slot_to is None else format_instant(row.slot_to),
            "count": row.slots,
            "state": row.state,
            "reason": row.reason,
            "effective": format_instant(row.effective),
            "started": None if row.started_at is None else format_instant(row.started_at),
        }
        for row in simulate(agents, start=first, end=last, duration=parse_duration(duration))
    ]


def _agents(file: str | None, now: int) -> "Iterator[Agent]":
    """Those of a file, or those that are stored: what an import kept as a label is one here too."""
    from pypes.model.agent import parse_agent, salvage_agent  # noqa: PLC0415 - only this command needs the model

    if file is None:
        with connect() as client:
            for text in chain.from_iterable(pages_of_agents(client)):
                yield salvage_agent(text, now)
        return
    for text, line in agents_in(file):
        try:
            yield parse_agent(text, now)
        except PypesError as error:
            error.message = f"{shown(file)}, line {line}: {error.message}"
            raise


def _line(row: dict[str, Any]) -> list[object]:
    span = f" … {row['to']} ({row['count']} slots)" if row["to"] else ""
    reason = f": {row['reason']}" if row["reason"] else ""
    return [f"{row['agent']}[{row['action']}]", row["slot"] + span, row["state"] + reason]


def _totals(rows: list[dict[str, Any]]) -> Counter[tuple[str, str]]:
    totals: Counter[tuple[str, str]] = Counter()
    for row in rows:
        totals[row["state"], row["reason"] or ""] += row["count"]
    return totals
