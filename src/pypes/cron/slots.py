"""A pattern of wall times in a time zone: its slots, whatever the clocks do.

Three rules say what happens when clocks change. A job whose minute or hour starts with `*` follows elapsed
time under each of them; for any other, a fixed time:

    vixie    in a gap: runs once, at the first instant after it   repeated: runs once, in the first pass
    skip     in a gap: does not run                               repeated: runs once, in the first pass
    literal  in a gap: does not run                               repeated: runs in both passes

`vixie` is what Debian's cron(8) does. The seconds field never changes the class of a job.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from pypes.clock import SECOND
from pypes.cron.dates import EPOCH, HORIZON
from pypes.cron.expression import Pattern
from pypes.cron.times import DAY
from pypes.cron.zone import Piece, Zone, zone_named

DstPolicy = Literal["vixie", "skip", "literal"]

YEAR = 366 * DAY
REACH = 2 * DAY
"""More than any two offsets of one zone differ (24 hours, where the date line moved)."""
EARLIEST = (date(100, 1, 1).toordinal() - EPOCH) * DAY
LATEST = (date(2200, 1, 1).toordinal() - EPOCH) * DAY
"""No slot is at or after the end of the years that the dialect knows (OCPS 1.2)."""
REMEMBERED = 64
"""Answers kept per timetable: many schedules share one, and ask for the same moment at the same time."""


@dataclass(frozen=True)
class WallSlots:
    """The slots of a pattern in a zone; moments and slots are microseconds since the epoch, UTC."""

    pattern: Pattern
    zone: str = "UTC"
    dst: DstPolicy = "vixie"
    clocks: Zone = field(init=False, compare=False, repr=False)
    _answers: dict[int, int | None] = field(init=False, compare=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "clocks", zone_named(self.zone))

    def next_after(self, moment: int) -> int | None:
        """Give the first slot strictly after `moment`; None when there is never another."""
        try:
            return self._answers[moment]
        except KeyError:
            pass
        found = self._first_from(moment // SECOND + 1)
        slot = None if found is None else found * SECOND
        if len(self._answers) >= REMEMBERED:
            self._answers.clear()
        self._answers[moment] = slot
        return slot

    def last_before(self, moment: int, since: int) -> int | None:
        """Give the newest slot that is not after `moment` and is after `since`; None when there is none."""
        found = self._last_until(moment // SECOND, since // SECOND)
        return None if found is None else found * SECOND

    def count(self, after: int, until: int) -> int:
        """Count the slots after `after` and not after `until`: a million cost no more than ten."""
        instant, end = _clamp(after // SECOND + 1), _clamp(until // SECOND + 1)
        total = 0
        while instant < end:
            piece = self.clocks.piece_at(instant)
            total += self._count_in(piece, instant, min(end, piece.end))
            instant = piece.end
        return total

    def matches(self, moment: int) -> bool:
        """Tell whether this very microsecond is a slot."""
        return self.next_after(moment - 1) == moment

    def _first_from(self, instant: int) -> int | None:
        """Give the first slot at or after `instant`, in seconds."""
        instant = max(instant, EARLIEST)
        end = LATEST if self.pattern.is_bounded else min(LATEST, instant + HORIZON * YEAR)
        while instant < end:
            piece = self.clocks.piece_at(instant)
            if instant == piece.start and self._runs_after_gap(piece):
                return instant
            wall = self.pattern.next_wall(max(instant, self._first_pass_of(piece)) + piece.offset)
            found = end if wall is None else min(end, wall - piece.offset)
            if found < min(end, piece.end):
                return found
            # Close to its end, the next piece comes first: it may repeat, or leave out, what was asked for.
            near = piece.end - instant < REACH
            instant = piece.end if near else max(piece.end, found - REACH)
        return None

    def _last_until(self, instant: int, since: int) -> int | None:
        """Give the newest slot at or before `instant` and after `since`, in seconds."""
        instant, since = min(instant, LATEST - 1), max(since, EARLIEST)
        while instant > since:
            piece = self.clocks.piece_at(instant)
            wall = self.pattern.previous_wall(instant + piece.offset)
            found = since if wall is None else max(since, wall - piece.offset)
            if found >= self._first_pass_of(piece):
                return found if found > since else None
            if self._runs_after_gap(piece):
                return piece.start if piece.start > since else None
            near = instant - piece.start < REACH
            instant = piece.start - 1 if near else min(piece.start - 1, found + REACH)
        return None

    def _count_in(self, piece: Piece, start: int, end: int) -> int:
        """Count the slots of a piece from `start` up to, not including, `end`."""
        after_gap = start == piece.start and self._runs_after_gap(piece)
        wall = max(start, self._first_pass_of(piece)) + piece.offset
        if after_gap:
            wall = max(wall, piece.start + piece.offset + 1)
        return after_gap + self.pattern.count_walls(wall, end + piece.offset)

    def _first_pass_of(self, piece: Piece) -> int:
        """Give the instant from which a piece's wall times count: later than its start after a repeat."""
        once = self.dst != "literal" and not self.pattern.wild
        return piece.start + (piece.repeated if once else 0)

    def _runs_after_gap(self, piece: Piece) -> bool:
        """Tell whether a fixed time fell into the gap before this piece, and so runs at its start."""
        if not piece.gap or self.dst != "vixie" or self.pattern.wild:
            return False
        after = piece.start + piece.offset
        missed = self.pattern.next_wall(after - piece.gap)
        return missed is not None and missed < after


def _clamp(instant: int) -> int:
    return min(max(instant, EARLIEST), LATEST)
