"""An expression in words.

`cron-descriptor` words the time of day where it is exact and clear. Dates, on which dialects differ, and
irregular times are worded here from what was parsed: a sentence cannot say anything but what will happen.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from pypes.cron import bits
from pypes.cron.dates import Dates
from pypes.cron.days import LAST, Days, OfMonth, OfWeek
from pypes.cron.expression import Expression
from pypes.cron.fields import MONTHS, WEEKDAYS
from pypes.cron.phrases import listed, ordinal, regular_step, spelt
from pypes.cron.times import Times

NTH = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", LAST: "last"}
FEW = 6
"""So many times of day are simply listed."""

_EVEN = re.compile(r"\*/(\d+)", re.ASCII)
_RANGE = re.compile(r"\d+-\d+", re.ASCII)


@lru_cache(maxsize=4096)
def describe(expression: Expression) -> str:
    """Say in a sentence when an expression fires on its own wall clock."""
    phrases = [_time(expression), _day(expression), *_months_and_years(expression.dates)]
    sentence = ", ".join(phrase for phrase in phrases if phrase)
    return sentence[0].upper() + sentence[1:]


def name_weekdays(wanted: Days) -> str:
    """Name what a day-of-week field wants."""
    # Weeks read better from Monday to Sunday, so Sunday counts as 7 here.
    found = bits.members(wanted.weekdays & ~1 | (wanted.weekdays & 1) << 7)
    days = [spelt(found, lambda number: WEEKDAYS[number % 7])] if found else []
    nth = [rule for rule in wanted.moving if isinstance(rule, OfWeek)]
    return listed(days + [f"the {NTH[rule.nth]} {WEEKDAYS[rule.weekday]} of the month" for rule in nth])


def _time(expression: Expression) -> str:
    times, fields = expression.times, expression.fields
    second, minute = _plain(fields[0], times.seconds, 60), _plain(fields[1], times.minutes, 60)
    hour = _plain(fields[2], times.hours, 24)
    if times.per_day() <= FEW and "*" not in hour:
        return "at " + listed(_clock_times(times))
    if _is_clear(second, minute, hour):
        return _described(second, minute, hour)
    parts = [_within("minute", times.minutes, 60), _within("hour", times.hours, 24)]
    if second != "0":
        parts.insert(0, _within("second", times.seconds, 60))
    return "at " + " of ".join(parts)


def _plain(text: str, wanted: int, size: int) -> str:
    """Give the simplest text of a field: `0-59` is `*`, `5-5` is 5."""
    numbers = bits.members(wanted)
    if len(numbers) == size:
        return "*"
    return str(numbers[0]) if len(numbers) == 1 else text


def _clock_times(times: Times) -> list[str]:
    found, time = [], times.at_or_after(0)
    while time is not None:
        shown = f"{time // 3600:02}:{time // 60 % 60:02}"
        found.append(shown if times.seconds == 1 else f"{shown}:{time % 60:02}")
        time = times.at_or_after(time + 1)
    return found


def _is_clear(second: str, minute: str, hour: str) -> bool:
    """Tell whether cron-descriptor words a time clearly: it calls `* */6` "every minute, every 6 hours"."""
    if not (_is_even(second, 60) and _is_even(minute, 60)):
        return False
    if _is_even(hour, 24) and "/" in hour:
        return second == "0" and minute.isdecimal()
    return (second == "0" or minute == "*") and (_is_even(hour, 24) or _RANGE.fullmatch(hour) is not None)


def _is_even(text: str, size: int) -> bool:
    """Tell whether a field is one number, all, or a step without a rest: `*/7` is not every 7 minutes."""
    if step := _EVEN.fullmatch(text):
        return size % int(step[1]) == 0
    return text == "*" or text.isdecimal()


def _described(second: str, minute: str, hour: str) -> str:
    from cron_descriptor import ExpressionDescriptor, Options  # noqa: PLC0415 - slow to load, seldom needed

    options = Options(locale_code="en_US", use_24hour_time_format=True)
    text = f"{minute} {hour} * * *" if second == "0" else f"{second} {minute} {hour} * * *"
    phrase: str = ExpressionDescriptor(text, options).get_description()
    return phrase[0].lower() + phrase[1:]


def _within(unit: str, wanted: int, size: int) -> str:
    numbers = bits.members(wanted)
    return f"every {unit}" if len(numbers) == size else _members(unit, numbers)


def _members(unit: str, numbers: list[int], *, of: str = "", name: Callable[[int], str] = str) -> str:
    """Word the members of a field: `minutes 5 and 10`, `every 2nd day of the month from 1 through 31`."""
    if step := regular_step(numbers):
        return f"every {ordinal(step)} {unit}{of} from {name(numbers[0])} through {name(numbers[-1])}"
    return f"{unit}{'s' if len(numbers) > 1 else ''} {spelt(numbers, name)}{of}"


def _day(expression: Expression) -> str:
    *_, day_of_month, _, day_of_week, _ = expression.fields
    by_month = "" if day_of_month in ("*", "?") else _name_days(expression.dates.days)
    by_week = "" if day_of_week in ("*", "?", "+*", "+?") else name_weekdays(expression.dates.days)
    if not (by_month and by_week):
        phrase = by_month or by_week
        return phrase and f"on {phrase}"
    if expression.dates.days.both:
        # One day is both, so a list of what it may be is joined by "or".
        return f"on {by_month} if it is also {by_week}".replace(" and ", " or ")
    return f"either on {by_month} or on {by_week}"


def _name_days(wanted: Days) -> str:
    numbers = bits.members(wanted.numbers)
    days = [_members("day", numbers, of=" of the month")] if numbers else []
    return listed(days + [_moving_day(rule) for rule in wanted.moving if isinstance(rule, OfMonth)])


def _moving_day(rule: OfMonth) -> str:
    if rule.day == 0:
        return f"the last {'weekday' if rule.nearest_weekday else 'day'} of the month"
    back = f"{-rule.day} day{'s' if rule.day < -1 else ''} before the last day of the month"
    day = f"day {rule.day} of the month" if rule.day > 0 else f"the day {back}"
    return f"the weekday nearest to {day}" if rule.nearest_weekday else day


def _months_and_years(dates: Dates) -> list[str]:
    months, said = bits.members(dates.months), []
    if len(months) < 12:
        said.append(_rare("month", months, lambda number: MONTHS[number - 1]))
    if dates.years is not None:
        said.append(_rare("year", bits.members(dates.years), str))
    return said


def _rare(unit: str, numbers: list[int], name: Callable[[int], str]) -> str:
    return "in " + (_members(unit, numbers, name=name) if regular_step(numbers) else spelt(numbers, name))
