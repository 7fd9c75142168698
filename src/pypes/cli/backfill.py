"""`backfill`: run the slots of a past range."""

import json
from typing import Any

import click

from pypes.cli.client import agent_path, connect
from pypes.cli.command import Command
from pypes.cli.output import people_time, print_json, say, wants_json

OVERLAPS = ("skip", "buffer_one", "buffer_all", "cancel_other", "allow_all")


@click.command("backfill", cls=Command)
@click.argument("name")
@click.option(
    "--from", "start", metavar="MOMENT", required=True, help="The first slot's moment, or before it."
)
@click.option("--to", metavar="MOMENT", required=True, help="The last slot's moment, or after it.")
@click.option("--action", metavar="INDEX|ID", help="Which trigger; needed when there are several.")
@click.option("--overlap", type=click.Choice(OVERLAPS), help="What open runs mean (buffer_all).")
@click.option("--dry-run", is_flag=True, help="Only say which slots there are.")
def backfill_command(*, name: str, start: str, **details: Any) -> None:
    """Run the slots of an agent's trigger in a past range, each once however often this is asked for."""
    asked = {"from": start} | {key: value for key, value in details.items() if value}
    if asked.get("action", "").isdecimal():
        asked["action"] = int(asked["action"])
    with connect() as client:
        filled = client.request("POST", agent_path(name, "backfill"), json.dumps(asked).encode()).json()
    if wants_json():
        print_json(filled)
        return
    for slot in filled["slots"]:
        click.echo(people_time(slot))
    say(f"{len(filled['slots'])} slot(s), {filled['records_created']} new run(s)")
