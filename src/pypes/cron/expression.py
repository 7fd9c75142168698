"""A parsed expression, and its matches on a wall clock that knows no time zone.

A wall time is the number of seconds since 1970-01-01 00:00 as a clock on the wall would count them: every day
has 86 400 of them. `zone.py` knows how such clocks run against UTC; `slots.py` joins the two.
"""

from dataclasses import dataclass, field
from typing import Protocol

from pypes.cron.dates import Dates
from pypes.cron.times import DAY, Times


class Pattern(Protocol):
    """Whatever repeats on a wall clock; `Expression` says what each of these gives."""

    @property
    def wild(self) -> bool:
        """Tell whether it follows elapsed time when clocks change."""
        ...

    @property
    def is_bounded(self) -> bool:
        """Tell whether it ends with a certain year."""
        ...

    def next_wall(self, wall: int) -> int | None:
        """Give the first match that is not before `wall`."""
        ...

    def previous_wall(self, wall: int) -> int | None:
        """Give the last match that is not after `wall`."""
        ...

    def count_walls(self, start: int, end: int) -> int:
        """Count the matches from `start` up to, not including, `end`."""
        ...


@dataclass(frozen=True, slots=True)
class Expression:
    """What a cron expression wants; two are equal when their text is."""

    text: str
    """As it was typed, without the blanks around it."""
    fields: tuple[str, ...] = field(compare=False, repr=False)
    """Seven texts: second, minute, hour, day of month, month, day of week, year."""
    times: Times = field(compare=False, repr=False)
    dates: Dates = field(compare=False, repr=False)

    @property
    def wild(self) -> bool:
        """Tell whether it follows elapsed time when clocks change: minute or hour starts with `*`."""
        return self.fields[1].startswith("*") or self.fields[2].startswith("*")

    @property
    def is_bounded(self) -> bool:
        """Tell whether it ends with a certain year: until then, its next match may be far."""
        return self.dates.years is not None

    def next_wall(self, wall: int) -> int | None:
        """Give the first match that is not before `wall`; None when there is none within the horizon."""
        day, time = divmod(wall, DAY)
        if self.dates.has(day):
            today = self.times.at_or_after(time)
            if today is not None:
                return wall - time + today
        later = self.dates.at_or_after(day + 1)
        return None if later is None else later * DAY + self.times.first()

    def previous_wall(self, wall: int) -> int | None:
        """Give the last match that is not after `wall`; None when there is none within the horizon."""
        day, time = divmod(wall, DAY)
        if self.dates.has(day):
            today = self.times.at_or_before(time)
            if today is not None:
                return wall - time + today
        earlier = self.dates.at_or_before(day - 1)
        return None if earlier is None else earlier * DAY + self.times.last()

    def count_walls(self, start: int, end: int) -> int:
        """Count the matches from `start` up to, not including, `end`."""
        if start >= end:
            return 0
        first, last = start // DAY, (end - 1) // DAY
        total = self.dates.count_between(first, last) * self.times.per_day()
        if self.dates.has(first):
            total -= self.times.count_before(start - first * DAY)
        if self.dates.has(last):
            total -= self.times.per_day() - self.times.count_before(end - last * DAY)
        return total
