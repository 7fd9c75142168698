"""`copy`: a whole store into another, empty one."""

from typing import TYPE_CHECKING

import click

from pypes.cli.command import Command
from pypes.cli.output import print_json, print_table, say, wants_json
from pypes.config import is_database
from pypes.errors import InvalidInput
from pypes.url import masked

if TYPE_CHECKING:
    from pypes.store.database import Database


@click.command("copy", cls=Command)
@click.option("--from", "source", required=True, metavar="URL", help="sqlite:///PATH or postgresql://…")
@click.option("--to", "target", required=True, metavar="URL", help="Likewise; it must be empty.")
def copy_command(*, source: str, target: str) -> None:
    """Copy a store, agents, inputs, schedules and the whole ledger, into another, empty one.

    Nobody may use either of them meanwhile. The copy is whole or not there at all.
    """
    from pypes.clock import SystemClock  # noqa: PLC0415 - heavy, like the next
    from pypes.store.copying import copy_store  # noqa: PLC0415

    here, there = (_database(url) for url in (source, target))
    copied = copy_store(here, there, now=SystemClock().now())
    if wants_json():
        print_json({"from": here.name, "to": there.name, "rows": copied})
        return
    print_table(sorted(copied.items()))
    say(f"copied {here.name} to {there.name}")


def _database(url: str) -> "Database":
    from pypes.store.database import database_at  # noqa: PLC0415 - heavy

    if not is_database(url):
        raise InvalidInput(
            f"`{masked(url)}` is not a store: write sqlite:///PATH or postgresql://USER@HOST/NAME"
        )
    return database_at(url)
