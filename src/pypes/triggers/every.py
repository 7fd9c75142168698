"""Every: slots at a fixed interval, anchored to the epoch: a restart or a reload never shifts them.

With a `timezone`, an interval of whole days means the same wall time every so many days.
"""

from dataclasses import dataclass
from functools import lru_cache

from pypes import cron
from pypes.clock import DAY, SECOND
from pypes.cron import WallSlots
from pypes.errors import InvalidInput
from pypes.instants import format_duration, parse_duration
from pypes.triggers.timed import Timed

SHORTEST = 100_000
"""100 ms: below it, sending takes longer than the interval."""

_duration = lru_cache(maxsize=1024)(parse_duration)


@dataclass(frozen=True, slots=True)
class WallInterval:
    """Every so many seconds on a clock on the wall, from `phase` on: what a timetable takes for a pattern."""

    interval: int
    phase: int
    wild = False
    is_bounded = False

    def next_wall(self, wall: int) -> int:
        """The first match that is not before `wall`."""
        return wall + (self.phase - wall) % self.interval

    def previous_wall(self, wall: int) -> int:
        """The last match that is not after `wall`."""
        return wall - (wall - self.phase) % self.interval

    def count_walls(self, start: int, end: int) -> int:
        """How many matches lie from `start` up to, not including, `end`."""
        return max(0, (end - 1 - self.phase) // self.interval - (start - 1 - self.phase) // self.interval)


class Every(Timed, frozen=True, kw_only=True, tag="every"):
    """An interval as it is written in an agent's actions."""

    interval: str
    phase: str = "0s"
    timezone: str | None = None

    @property
    def text(self) -> str:
        """The interval, and its phase if it has one."""
        phase = "" if self.phase == "0s" else f" phase {self.phase}"
        return f"every {self.interval}{phase}"

    @property
    def zone(self) -> str:
        """The zone whose days it counts."""
        return self.timezone or "UTC"

    @property
    def _days(self) -> WallSlots | None:
        """Its slots on a wall clock; None when it follows elapsed time."""
        if self.timezone is None or _duration(self.interval) % DAY:
            return None
        return _days(_duration(self.interval) // SECOND, _duration(self.phase) // SECOND, self.timezone)

    def _next(self, moment: int) -> int | None:
        if (days := self._days) is not None:
            return days.next_after(moment)
        interval, phase = _duration(self.interval), _duration(self.phase)
        return moment + interval - (moment - phase) % interval

    def _last(self, moment: int, since: int) -> int | None:
        if (days := self._days) is not None:
            return days.last_before(moment, since)
        slot = moment - (moment - _duration(self.phase)) % _duration(self.interval)
        return slot if slot > since else None

    def _count(self, after: int, until: int) -> int:
        if (days := self._days) is not None:
            return days.count(after, until)
        interval, phase = _duration(self.interval), _duration(self.phase)
        return (until - phase) // interval - (after - phase) // interval

    def check(self, now: int) -> None:
        """Refuse an interval below 100 ms, a phase that is not shorter, and an unknown zone."""
        interval = _read("interval", self.interval)
        if interval < SHORTEST:
            shortest = format_duration(SHORTEST)
            raise InvalidInput(f"`{self.interval}` is shorter than {shortest}", "$.interval")
        if _read("phase", self.phase) >= interval:
            raise InvalidInput(f"the phase {self.phase} is not shorter than the interval", "$.phase")
        if self.timezone is not None:
            try:
                cron.check_zone(self.timezone)
            except InvalidInput as error:
                raise InvalidInput(error.message, "$.timezone") from None
        super().check(now)

    def policy(self) -> dict[str, object]:
        """Every policy with its default spelt out."""
        return {"timezone": self.timezone, "phase": self.phase} | super().policy()


@lru_cache(maxsize=1024)
def _days(interval: int, phase: int, zone: str) -> WallSlots:
    return WallSlots(WallInterval(interval, phase), zone, "vixie")


def _read(field: str, text: str) -> int:
    try:
        return parse_duration(text)
    except InvalidInput as error:
        raise InvalidInput(error.message, f"$.{field}") from None
