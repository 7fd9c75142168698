"""A timetable: the slots of an expression, and why a moment is none of them."""

from dataclasses import dataclass
from functools import lru_cache

from pypes.clock import SECOND
from pypes.cron.dialect import parse
from pypes.cron.expression import Expression
from pypes.cron.slots import EARLIEST, LATEST, DstPolicy, WallSlots
from pypes.cron.why import objections
from pypes.cron.zone import Piece
from pypes.errors import InvalidExpression


@dataclass(frozen=True)
class Timetable(WallSlots):
    """The slots of a cron expression."""

    pattern: Expression

    @property
    def expression(self) -> Expression:
        """What was written."""
        return self.pattern

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
        rule = "a * in minute or hour follows elapsed time" if self.pattern.wild else f"{self.dst} drops it"
        return [f"clocks had just gone forward over a time that was wanted: {rule}"]


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
