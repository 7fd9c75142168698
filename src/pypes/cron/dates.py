"""The calendar: which dates an expression wants.

A date is a number of days since 1970-01-01. Searches give up fifty years ahead unless the expression lists
its years: dates repeat long before that, so a longer wait means never.
"""

from datetime import date
from typing import NamedTuple

from pypes.cron import bits
from pypes.cron.days import Days, shape_of

EPOCH = date(1970, 1, 1).toordinal()
HORIZON = 50
"""Years that a search looks ahead or back."""
NO_EARLIER, NO_LATER = 0, 10_000
"""Stand for the year before the first listed one, and after the last: beyond Python's calendar."""


class Dates(NamedTuple):
    """Sets of days, months and years; `years` is None where any year will do."""

    days: Days
    months: int
    years: int | None

    def has(self, day: int) -> bool:
        """Tell whether the expression wants this date."""
        found = date.fromordinal(EPOCH + day)
        return bool(self.in_month(found.year, found.month) >> found.day & 1)

    def in_month(self, year: int, month: int) -> int:
        """Give the wanted days of one month, as a set."""
        if not self.months >> month & 1 or (self.years is not None and not self.years >> year & 1):
            return 0
        return self.days.in_month(shape_of(year, month))

    def at_or_after(self, day: int) -> int | None:
        """Give the first wanted date that is not before `day`; None when there is none within the horizon."""
        start = date.fromordinal(EPOCH + day)
        year, month = start.year, start.month
        last = year + HORIZON if self.years is None else NO_LATER - 1
        days = self.in_month(year, month) >> start.day << start.day
        while not days:
            year, month = self._month_after(year, month)
            if year > last:
                return None
            days = self.in_month(year, month)
        return _number(year, month, bits.lowest(days))

    def at_or_before(self, day: int) -> int | None:
        """Give the last wanted date that is not after `day`; None when there is none within the horizon."""
        start = date.fromordinal(EPOCH + day)
        year, month = start.year, start.month
        first = year - HORIZON if self.years is None else NO_EARLIER + 1
        days = self.in_month(year, month) & ((2 << start.day) - 1)
        while not days:
            year, month = self._month_before(year, month)
            if year < first:
                return None
            days = self.in_month(year, month)
        return _number(year, month, bits.highest(days))

    def count_between(self, first: int, last: int) -> int:
        """Count the wanted dates from `first` to `last`, both included."""
        start, end = date.fromordinal(EPOCH + first), date.fromordinal(EPOCH + last)
        year, month = start.year, start.month
        total = -(self.in_month(year, month) & ((1 << start.day) - 1)).bit_count()
        while (year, month) <= (end.year, end.month):
            total += self.in_month(year, month).bit_count()
            year, month = self._month_after(year, month)
        return total - (self.in_month(end.year, end.month) >> end.day + 1).bit_count()

    def ever(self) -> bool:
        """Tell whether any date at all is wanted: in 28 years a month takes every shape that it can."""
        years = range(2000, 2028) if self.years is None else bits.members(self.years)
        return any(self.in_month(year, month) for year in years for month in bits.members(self.months))

    def _month_after(self, year: int, month: int) -> tuple[int, int]:
        later = bits.at_or_after(self.months, month + 1)
        if later is not None:
            return year, later
        following = year + 1 if self.years is None else bits.at_or_after(self.years, year + 1)
        return (NO_LATER if following is None else following), bits.lowest(self.months)

    def _month_before(self, year: int, month: int) -> tuple[int, int]:
        earlier = bits.at_or_before(self.months, month - 1)
        if earlier is not None:
            return year, earlier
        previous = year - 1 if self.years is None else bits.at_or_before(self.years, year - 1)
        return (NO_EARLIER if previous is None else previous), bits.highest(self.months)


def _number(year: int, month: int, day: int) -> int:
    return date(year, month, day).toordinal() - EPOCH
