"""The time of day: which seconds between midnight and midnight an expression wants."""

from typing import NamedTuple

from pypes.cron import bits

DAY = 86_400
"""A day on a wall clock, in seconds."""


class Times(NamedTuple):
    """Sets of hours, minutes and seconds; a time of day is a number of seconds since midnight."""

    hours: int
    minutes: int
    seconds: int

    def per_day(self) -> int:
        """Count the times of one whole day."""
        return self.hours.bit_count() * self.minutes.bit_count() * self.seconds.bit_count()

    def first(self) -> int:
        """Give the earliest time of the day."""
        return bits.lowest(self.hours) * 3600 + self._first_of_hour()

    def last(self) -> int:
        """Give the latest time of the day."""
        return bits.highest(self.hours) * 3600 + self._last_of_hour()

    def at_or_after(self, time: int) -> int | None:
        """Give the first time that is not before `time`; None when the day has no more."""
        hour, rest = divmod(time, 3600)
        if self.hours >> hour & 1:
            within = self._in_hour_from(rest)
            if within is not None:
                return time - rest + within
        later = bits.at_or_after(self.hours, hour + 1)
        return None if later is None else later * 3600 + self._first_of_hour()

    def at_or_before(self, time: int) -> int | None:
        """Give the last time that is not after `time`; None when the day had none yet."""
        hour, rest = divmod(time, 3600)
        if self.hours >> hour & 1:
            within = self._in_hour_until(rest)
            if within is not None:
                return time - rest + within
        earlier = bits.at_or_before(self.hours, hour - 1) if hour else None
        return None if earlier is None else earlier * 3600 + self._last_of_hour()

    def count_before(self, time: int) -> int:
        """Count the times of the day before `time`, which may be the midnight that ends it."""
        hour, minute, second = time // 3600, time // 60 % 60, time % 60
        per_minute = self.seconds.bit_count()
        count = bits.count_below(self.hours, hour) * self.minutes.bit_count() * per_minute
        if self.hours >> hour & 1:
            count += bits.count_below(self.minutes, minute) * per_minute
            if self.minutes >> minute & 1:
                count += bits.count_below(self.seconds, second)
        return count

    def _first_of_hour(self) -> int:
        return bits.lowest(self.minutes) * 60 + bits.lowest(self.seconds)

    def _last_of_hour(self) -> int:
        return bits.highest(self.minutes) * 60 + bits.highest(self.seconds)

    def _in_hour_from(self, time: int) -> int | None:
        minute, second = divmod(time, 60)
        if self.minutes >> minute & 1:
            later = bits.at_or_after(self.seconds, second)
            if later is not None:
                return time - second + later
        minutes = bits.at_or_after(self.minutes, minute + 1)
        return None if minutes is None else minutes * 60 + bits.lowest(self.seconds)

    def _in_hour_until(self, time: int) -> int | None:
        minute, second = divmod(time, 60)
        if self.minutes >> minute & 1:
            earlier = bits.at_or_before(self.seconds, second)
            if earlier is not None:
                return time - second + earlier
        minutes = bits.at_or_before(self.minutes, minute - 1) if minute else None
        return None if minutes is None else minutes * 60 + bits.highest(self.seconds)
