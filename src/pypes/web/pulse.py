"""Pulse: how the scheduler is doing right now, read from the store alone, whoever fired."""

import msgspec

from pypes.clock import SECOND
from pypes.instants import format_moment
from pypes.model.schedule import LOOK_AHEAD
from pypes.store.tx import Tx

BEHIND = SECOND // 4
"""The second that is counted ends so long ago: what was sent in it is recorded by then."""
MOST_READ = 2_000
"""Rows of a second that are read; of more the number is counted, and their states are taken to be alike."""
MOST_COUNTED = 100_000
"""Rows of a second up to which that number is exact."""
MOST_OPEN = 2_000
"""Open runs that are counted at most."""
MOST_MEASURED = 500
"""Runs whose lateness is looked at."""
MINUTE = 60 * SECOND


class Lateness(msgspec.Struct, frozen=True):
    """From effective slot to start, in milliseconds, of the newest runs of the last minute."""

    p50: float
    p99: float
    most: float
    runs: int


class Pulse(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a moment."""

    at: str
    """The daemon's clock."""
    fires: int
    """Slots of the last whole second that ran, or are running."""
    succeeded: int
    failed: int
    skipped: int
    waiting: int
    """Open runs that have not started, at most 2000 counted."""
    running: int
    behind_ms: float
    """How long the scheduler, or a run that is due, has been waiting: 0 when nothing is late."""
    lateness_ms: Lateness | None
    """Null when nothing ran within a minute."""
    each: bool = True
    """False while there are too many runs to tell each: then only failures are told one by one."""
    missed: bool = False
    """True when more has changed since `Last-Event-ID` than is told: read the lists again."""


def read_pulse(tx: Tx, now: int) -> Pulse:
    """Read the figures of a moment."""
    by_state = _second(tx, now - BEHIND)
    waiting, running = tx.open_up_to(now, MOST_OPEN)
    skipped, failed = by_state.get("skipped", 0), by_state.get("failed", 0) + by_state.get("unknown", 0)
    return Pulse(
        at=format_moment(now),
        fires=sum(by_state.values()) - skipped - by_state.get("waiting", 0),
        succeeded=by_state.get("succeeded", 0),
        failed=failed,
        skipped=skipped,
        waiting=waiting,
        running=running,
        behind_ms=_behind(tx, now) / 1000,
        lateness_ms=_lateness(tx, now),
    )


def _second(tx: Tx, until: int) -> dict[str, int]:
    """How many slots of the second before a moment came to each state."""
    rows = tx.slots_between(None, until - SECOND, until, MOST_READ)
    read, scale = sum(row.rows for row in rows), 1.0
    if read == MOST_READ:
        scale = tx.runs_between(until - SECOND, until, MOST_COUNTED) / read
    return {row.state: round(row.slots * scale) for row in rows}


def _behind(tx: Tx, now: int) -> int:
    """The oldest thing that should have been taken by now; a look ahead of a slot may take its time."""
    look, exact, due = tx.next_look(), tx.next_exact_look(), tx.next_due()
    moments = [None if look is None else look + LOOK_AHEAD, exact, due]
    return max((now - moment for moment in moments if moment is not None and moment < now), default=0)


def _lateness(tx: Tx, now: int) -> Lateness | None:
    rows = tx.recent_runs(None, before=now, limit=MOST_MEASURED, since=now - MINUTE)
    values = sorted((row.started_at - row.effective) / 1000 for row in rows if row.started_at is not None)
    if not values:
        return None
    return Lateness(share(values, 0.5), share(values, 0.99), values[-1], len(values))


def share(ordered: list[float], part: float) -> float:
    """The value that so large a part of an ordered list does not exceed."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]
