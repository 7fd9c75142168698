"""Ledger: the rows that pypes keeps, one per slot."""

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from bench.daemon import Daemon

_ALL = """
SELECT id, agent, slot, coalesce(slot_to, slot), slots, state, reason, started_at FROM runs ORDER BY id
"""


class Row(NamedTuple):
    """One row; it covers every slot of its schedule from `slot` to `slot_to`."""

    id: str
    agent: str
    slot: int
    slot_to: int
    slots: int
    state: str
    reason: str | None
    started: int | None


def read_ledger(daemon: Daemon) -> Iterator[Row]:
    """Every row, oldest first."""
    ledger = sqlite3.connect(f"file:{daemon.store}?mode=ro", uri=True)
    try:
        for row in ledger.execute(_ALL):
            yield Row(*row)
    finally:
        ledger.close()
