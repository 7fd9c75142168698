"""`why`: whether a moment was a slot, and what became of it."""

import click

from pypes.cli.client import agent_path, connect
from pypes.cli.command import Command
from pypes.cli.output import print_json, say, wants_json


@click.command("why", cls=Command)
@click.argument("name")
@click.option("--at", metavar="MOMENT", required=True, help="Like 2026-05-03T09:00:00Z.")
@click.option("--action", metavar="INDEX|ID", help="Only this trigger.")
def why_command(*, name: str, at: str, action: str | None) -> None:
    """Say whether a moment was a slot of an agent's triggers, and what became of it."""
    with connect() as client:
        said = client.request("GET", agent_path(name, "why", at=at, action=action)).json()
    if wants_json():
        print_json(said)
        return
    for each in said["items"]:
        click.echo(f"[{each['action']}] {each['type']} `{each['expression']}`: {each['sentence']}")
        if each["run"] is not None:
            click.echo(f"    run {each['run']['id']}: `pypes runs {each['run']['id']}` shows its attempts")
    if not said["items"]:
        say(f"{name} has no timed triggers, so no moment is a slot of it")
