"""Ledger: the rows that pypes keeps, one per slot, read from the file itself: it is not asked.

`GET /runs` gives the same rows, but a thousand at a time; after a minute at full speed there are a million.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple

from bench.daemon import Daemon

_ALL = """
SELECT id, agent, slot, coalesce(slot_to, slot), slots, state, (started_at - effective) / 1000.0
FROM runs WHERE slot <= ?
"""


class Row(NamedTuple):
    """One row; it covers every slot of its schedule from `slot` to `slot_to`."""

    id: str
    agent: str
    slot: int
    slot_to: int
    slots: int
    state: str
    lateness: float | None
    """Milliseconds from when it was due to the begin of the first send."""


def read_ledger(daemon: Daemon, *, until: int) -> Iterator[Row]:
    """Every row whose slot is not after `until`, oldest first."""
    with closing(_open(daemon)) as ledger:
        for row in ledger.execute(_ALL, [until]):
            yield Row(*row)


def count_rows(daemon: Daemon) -> int:
    """How many rows there are."""
    with closing(_open(daemon)) as ledger:
        count: int = ledger.execute("SELECT count(*) FROM runs").fetchone()[0]
        return count


def _open(daemon: Daemon) -> sqlite3.Connection:
    """A reader, which disturbs no writer."""
    return sqlite3.connect(f"file:{daemon.home}/db/pypes.db?mode=ro", uri=True)
