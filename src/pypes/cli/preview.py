"""`preview`: when an expression fires, before anything depends on it."""

import json

import click

from pypes.cli.client import connect
from pypes.cli.command import Command
from pypes.cli.output import people_time, print_json, print_table, say, wants_json


@click.command("preview", cls=Command)
@click.argument("expression")
@click.option("--tz", "timezone", metavar="ZONE", help="Time zone, such as Europe/Berlin (UTC).")
@click.option(
    "--dst", type=click.Choice(["vixie", "skip", "literal"]), help="Rule for changing clocks (vixie)."
)
@click.option("--from", "start", metavar="MOMENT", help="Fires strictly after this moment (now).")
@click.option(
    "-n", "--count", type=click.IntRange(1, 1000), default=5, show_default=True, help="How many fires."
)
def preview_command(
    *, expression: str, timezone: str | None, dst: str | None, start: str | None, count: int
) -> None:
    """Say in words what a cron expression means, when it fires next, and what may surprise."""
    asked = {"expression": expression, "timezone": timezone, "dst": dst, "from": start, "count": count}
    body = json.dumps({key: value for key, value in asked.items() if value is not None}).encode()
    with connect() as client:
        said = client.request("POST", "/schedules/preview", body).json()
    if wants_json():
        print_json(said)
        return
    moments = zip(said["next"], said["local"], strict=True)
    print_table((people_time(moment), local if timezone else "") for moment, local in moments)
    for sentence in [said["text"], *said["warnings"]]:
        say(sentence)
