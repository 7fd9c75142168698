"""An expression in a time zone: its slots, whatever the clocks do.

Three rules say what happens when clocks change. A job whose minute or hour starts with `*` follows elapsed
time under each of them; for any other, a fixed time:

    vixie    in a gap: runs once, at the first instant after it   repeated: runs once, in the first pass
    skip     in a gap: does not run                               repeated: runs once, in the first pass
    literal  in a gap: does not run                               repeated: runs in both passes

`vixie` is what Debian's cron(8) does. The seconds field never changes the class of a job.
"""

from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Literal

from pypes.clock import SECOND
from pypes.cron.dates import EPOCH, HORIZON
from pypes.cron.dialect import parse
from pypes.cron.expression import Expression
from pypes.cron.times import DAY
from pypes.cron.why import objections
from pypes.cron.zone import Piece, Zone, zone_named
from pypes.errors import InvalidExpression

DstPolicy = Literal["vixie", "skip", "literal"]

YEAR = 366 * DAY
REACH = 2 * DAY
"""More than any two offsets of one zone differ (24 hours, where the date line moved)."""
EARLIEST = (date(100, 1, 1).toordinal() - EPOCH) * DAY
LATEST = (date(2200, 1, 1).toordinal() - EPOCH) * DAY
"""No slot is at or after the end of the years that the dialect knows (OCPS 1.2)."""
REMEMBERED = 64
"""Answers kept per timetable: many schedules share one, and ask for the same moment at the same time."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """The slots of an expression; moments and slots are microseconds since the epoch, UTC."""

    expression: Expression
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

    def why_not(self, moment: int) -> str | None:
        """Say why this moment is not a slot: which fields object, or what the clocks did; None for a slot."""
        if self.matches(moment):
            return None
        instant, fraction = divmod(moment, SECOND)
        if fraction:
            return f"slots fall on whole seconds, this is {fraction / SECOND:g} s after one"
        if not EARLIEST <= instant < LATEST:
            return "the dialect knows the years until 2199 only"
        piece = self.clocks.piece_at(instant)
        said = objections(self.expression, instant + piece.offset)
        if not said:
            return f"clocks show this time for the second time: {self.dst} runs it once, in the first pass"
        return "; ".join([*said, *self._lost_in_gap(piece, instant)])

    def _lost_in_gap(self, piece: Piece, instant: int) -> list[str]:
        """Explain, at the times that just followed a gap, what became of those that fell into it."""
        after = piece.start + piece.offset
        if instant >= piece.start + piece.gap or not self.expression.count_walls(after - piece.gap, after):
            return []
        if self._runs_after_gap(piece):
            return ["clocks had just gone forward: vixie ran what they left out once, right after the gap"]
        rule = (
            "a * in minute or hour follows elapsed time" if self.expression.wild else f"{self.dst} drops it"
        )
        return [f"clocks had just gone forward over a time that was wanted: {rule}"]

    def _first_from(self, instant: int) -> int | None:
        """Give the first slot at or after `instant`, in seconds."""
        instant = max(instant, EARLIEST)
        end = LATEST if self.expression.dates.years is not None else min(LATEST, instant + HORIZON * YEAR)
        while instant < end:
            piece = self.clocks.piece_at(instant)
            if instant == piece.start and self._runs_after_gap(piece):
                return instant
            wall = self.expression.next_wall(max(instant, self._first_pass_of(piece)) + piece.offset)
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
            wall = self.expression.previous_wall(instant + piece.offset)
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
        return after_gap + self.expression.count_walls(wall, end + piece.offset)

    def _first_pass_of(self, piece: Piece) -> int:
        """Give the instant from which a piece's wall times count: later than its start after a repeat."""
        once = self.dst != "literal" and not self.expression.wild
        return piece.start + (piece.repeated if once else 0)

    def _runs_after_gap(self, piece: Piece) -> bool:
        """Tell whether a fixed time fell into the gap before this piece, and so runs at its start."""
        if not piece.gap or self.dst != "vixie" or self.expression.wild:
            return False
        after = piece.start + piece.offset
        missed = self.expression.next_wall(after - piece.gap)
        return missed is not None and missed < after


@lru_cache(maxsize=4096)
def timetable(text: str, zone: str = "UTC", dst: DstPolicy = "vixie") -> Timetable:
    """Parse once and share: schedules with the same text, zone and rule get the same timetable."""
    return Timetable(parse(text), zone, dst)


def check_future(table: Timetable, now: int) -> None:
    """Raise `InvalidExpression` when no slot is left after `now`: years exhausted, or always in a gap."""
    if table.next_after(now) is None:
        raise InvalidExpression(
            f"`{table.expression.text}` never fires again: write a year that is still to come, or none"
        )


def _clamp(instant: int) -> int:
    return min(max(instant, EARLIEST), LATEST)
