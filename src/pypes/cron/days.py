"""The days of a month: what the two day fields of an expression say together.

A month comes in 28 shapes: four lengths, and seven weekdays on which it can begin. Whatever a day field can
say (the 15th, the last Friday, the weekday nearest to the 3rd from the end) depends on the shape alone. So
each expression answers at most 28 questions in its life, and a search over years is a walk over remembered
sets of days.
"""

import calendar
from functools import lru_cache
from typing import NamedTuple

LAST = -1
"""The `nth` of a weekday's last occurrence in the month."""
SUNDAY, SATURDAY = 0, 6


class Shape(NamedTuple):
    """A kind of month: its length in days, and the weekday of day 1 (Sunday is 0)."""

    length: int
    first: int

    def weekday(self, day: int) -> int:
        """Give the weekday of a day of the month."""
        return (self.first + day - 1) % 7

    def on_weekday(self, weekday: int) -> range:
        """Give the days of the month that fall on `weekday`."""
        return range((weekday - self.first) % 7 + 1, self.length + 1, 7)


@lru_cache(maxsize=4096)
def shape_of(year: int, month: int) -> Shape:
    """Give the shape of a month of the Gregorian calendar."""
    monday_based, length = calendar.monthrange(year, month)
    return Shape(length, (monday_based + 1) % 7)


class OfMonth(NamedTuple):
    """A day of the month that moves: `L-3` is day -3, `L` is day 0, `15W` is the weekday nearest to 15."""

    day: int
    nearest_weekday: bool = False

    def days(self, shape: Shape) -> int:
        """Give the day as a set, empty in a month too short to have it."""
        day = self.day if self.day > 0 else shape.length + self.day
        if not 1 <= day <= shape.length:
            return 0
        return 1 << (_nearest_weekday(day, shape) if self.nearest_weekday else day)


class OfWeek(NamedTuple):
    """The nth occurrence of a weekday in the month: `FRI#2`, or with `LAST`, `FRI#L` and `5L`."""

    weekday: int
    nth: int

    def days(self, shape: Shape) -> int:
        """Give the day as a set, empty in a month without a fifth such weekday."""
        candidates = shape.on_weekday(self.weekday)
        if self.nth == LAST:
            return 1 << candidates[-1]
        return 1 << candidates[self.nth - 1] if self.nth <= len(candidates) else 0


class Days:
    """The day-of-month and the day-of-week field, and how they combine."""

    __slots__ = ("_known", "both", "moving", "numbers", "weekdays")

    def __init__(
        self, *, numbers: int, weekdays: int, moving: tuple[OfMonth | OfWeek, ...], both: bool
    ) -> None:
        self.numbers = numbers
        self.weekdays = weekdays
        self.moving = moving
        self.both = both
        """Debian's rule: a day must satisfy both fields if one of them starts with `*`, else either."""
        self._known: dict[Shape, int] = {}

    def in_month(self, shape: Shape) -> int:
        """Give the matching days of a month of this shape, as a set."""
        known = self._known.get(shape)
        if known is None:
            known = self._known[shape] = self._compute(shape)
        return known

    def by_month(self, shape: Shape) -> int:
        """Give the days that the day-of-month field alone wants."""
        whole = (2 << shape.length) - 2
        return self.numbers & whole | self._moved(OfMonth, shape)

    def by_week(self, shape: Shape) -> int:
        """Give the days that the day-of-week field alone wants."""
        found = self._moved(OfWeek, shape)
        for day in range(1, shape.length + 1):
            found |= (self.weekdays >> shape.weekday(day) & 1) << day
        return found

    def _compute(self, shape: Shape) -> int:
        if self.both:
            return self.by_month(shape) & self.by_week(shape)
        return self.by_month(shape) | self.by_week(shape)

    def _moved(self, kind: type[OfMonth] | type[OfWeek], shape: Shape) -> int:
        found = 0
        for rule in self.moving:
            if isinstance(rule, kind):
                found |= rule.days(shape)
        return found


def _nearest_weekday(day: int, shape: Shape) -> int:
    """Move a weekend day to the nearest weekday of the same month (OCPS 1.3, section 4.3)."""
    weekday = shape.weekday(day)
    if weekday == SATURDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == SUNDAY:
        return day + 1 if day < shape.length else day - 2
    return day
