"""`simulate`: what the ledger would say of a span of time, by the engine itself on a clock that jumps."""

from collections import Counter
from typing import Any

import click

from pypes.cli.apply import agents_in
from pypes.cli.client import connect, path_of
from pypes.cli.command import Command
from pypes.cli.output import print_json, print_table, say, wants_json
from pypes.errors import ConfigError

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
    if len(rows) > SHOWN:
        say(f"{len(rows) - SHOWN} more rows: --json prints them all")
    for (state, reason), slots in sorted(_totals(rows).items()):
        say(f"{slots} slot(s) {state}{': ' + reason if reason else ''}")


def _simulated(*, start: str, end: str, file: str | None, duration: str) -> list[dict[str, Any]]:
    from pypes.engine.simulating import simulate  # noqa: PLC0415 - only this command needs the engine
    from pypes.instants import format_instant, parse_duration, parse_instant  # noqa: PLC0415 - likewise
    from pypes.model.agent import parse_agent  # noqa: PLC0415 - likewise

    first, last = parse_instant(start), parse_instant(end)
    if last < first:
        raise ConfigError("--to is before --from")
    agents = [parse_agent(text, first) for text in _definitions(file)]
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


def _definitions(file: str | None) -> list[bytes]:
    if file is not None:
        return list(agents_in(file))
    import msgspec  # noqa: PLC0415 - only this command reads all agents at once

    with connect() as client:
        stored = client.request("GET", path_of("agents")).read()
    return [bytes(raw) for raw in msgspec.json.decode(stored, type=list[msgspec.Raw])]


def _line(row: dict[str, Any]) -> list[object]:
    span = f" … {row['to']} ({row['count']} slots)" if row["to"] else ""
    reason = f": {row['reason']}" if row["reason"] else ""
    return [f"{row['agent']}[{row['action']}]", row["slot"] + span, row["state"] + reason]


def _totals(rows: list[dict[str, Any]]) -> Counter[tuple[str, str]]:
    totals: Counter[tuple[str, str]] = Counter()
    for row in rows:
        totals[row["state"], row["reason"] or ""] += row["count"]
    return totals
