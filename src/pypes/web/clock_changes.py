"""Clock changes: the nights ahead on which a zone's clocks jump, and what each rule makes of them."""

from collections.abc import Iterator
from typing import get_args

import msgspec

from pypes import cron
from pypes.clock import SECOND
from pypes.cron import DstPolicy
from pypes.cron.zone import Piece, zone_named
from pypes.instants import format_instant

AHEAD = 366 * 86_400
AROUND = 3 * 3600
"""Fires are listed from so many seconds before a change to as many after it."""
MOST = 12
"""Fires that are listed of each rule."""


class ClockChange(msgspec.Struct, frozen=True):
    """One change of the clocks."""

    at: str
    """The first instant under the new offset."""
    shift: str
    """How far clocks move: `+1h` or `-1h`."""
    fires: dict[str, list[str]]
    """By rule: the fires around it, UTC, at most 12."""


def clock_changes(expression: str, zone: str, after: int) -> list[ClockChange]:
    """The next two changes of the clocks within a year, and what the expression does there."""
    pieces = zone_named(zone).changes(after // SECOND, after // SECOND + AHEAD)
    return [_change(expression, zone, piece) for piece, _ in zip(pieces, range(2), strict=False)]


def _change(expression: str, zone: str, piece: Piece) -> ClockChange:
    hours = piece.shift / 3600
    return ClockChange(
        at=format_instant(piece.start * SECOND),
        shift=f"{hours:+g}h",
        fires={
            rule: [format_instant(slot) for slot in _fires(expression, zone, rule, piece)]
            for rule in get_args(DstPolicy)
        },
    )


def _fires(expression: str, zone: str, rule: DstPolicy, piece: Piece) -> Iterator[int]:
    table = cron.timetable(expression, zone, rule)
    slot = table.next_after((piece.start - AROUND) * SECOND - 1)
    count = 0
    while slot is not None and slot <= (piece.start + AROUND) * SECOND and count < MOST:
        yield slot
        slot, count = table.next_after(slot), count + 1
