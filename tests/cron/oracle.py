"""The slots of an expression, found the slow and obvious way: walk every instant and look at the clock.

Nothing here is shared with the engine: fields are expanded into plain sets, days are found by trying every
day of a month, and a zone is asked at each instant what its clocks show.
"""

import calendar
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
DAYLIGHT = timedelta(hours=3)
"""A larger jump is a correction: clocks simply show the new time from then on."""


class Glance(NamedTuple):
    """What a clock on the wall shows at an instant, and what happened to it just then."""

    instant: int
    wall: datetime
    second_pass: bool
    skipped: tuple[datetime, ...]
    """Wall times that this clock left out to arrive here."""


def glances(zone: str, start: datetime, length: timedelta, step: timedelta) -> list[Glance]:
    """Look at the clock of a zone every `step` from `start` (UTC)."""
    seen, before = [], start - step
    for n in range(length // step):
        now = start + n * step
        seen.append(_glance(ZoneInfo(zone), before, now, step))
        before = now
    return seen


def changes(zone: str, year: int) -> list[datetime]:
    """List the instants of a year (UTC, whole minutes) at which the clocks of a zone change."""
    info, found = ZoneInfo(zone), []
    moment = datetime(year, 1, 1, tzinfo=UTC)
    while moment.year == year:
        later = moment + timedelta(days=1)
        if moment.astimezone(info).utcoffset() != later.astimezone(info).utcoffset():
            minute = timedelta(minutes=1)
            steps = (moment + n * minute for n in range(24 * 60))
            found.append(next(m + minute for m in steps if _offset(m, info) != _offset(m + minute, info)))
        moment = later
    return found


def slots(seen: list[Glance], expression: str, dst: str) -> list[int]:
    """List the instants, in seconds since the epoch, at which an expression fires under a policy."""
    wanted = matcher(expression)
    fixed = not is_wild(expression)
    found = []
    for glance in seen:
        again = fixed and dst != "literal" and glance.second_pass
        late = fixed and dst == "vixie" and any(wanted(wall) for wall in glance.skipped)
        if late or (wanted(glance.wall) and not again):
            found.append(glance.instant)
    return found


def is_wild(expression: str) -> bool:
    """Tell whether minute or hour starts with `*`."""
    minute, hour = (expression.split() if len(expression.split()) == 5 else expression.split()[1:])[:2]
    return minute[0] == "*" or hour[0] == "*"


def matcher(expression: str) -> Callable[[datetime], bool]:
    """Give the question "does this wall time match?"."""
    fields = expression.upper().split()
    if len(fields) == 5:
        fields = ["0", *fields]
    if len(fields) == 6:
        fields = [*fields, "*"]
    second, minute, hour, dom, month, dow, year = fields
    seconds, minutes, hours = expand(second, 0, 59), expand(minute, 0, 59), expand(hour, 0, 23)
    months, years = expand(month, 1, 12, MONTHS), expand(year, 1970, 2199)

    @cache
    def day_matches(day: date) -> bool:
        return day.year in years and day.month in months and is_day(day, dom, dow)

    def matches(wall: datetime) -> bool:
        return (
            wall.minute in minutes
            and wall.hour in hours
            and wall.second in seconds
            and day_matches(wall.date())
        )

    return matches


def is_day(day: date, dom: str, dow: str) -> bool:
    """Tell whether the two day fields want a day, by Debian's rule or the leading plus."""
    by_month = any(_is_day_of_month(day, item) for item in dom.split(","))
    by_week = any(_is_day_of_week(day, item) for item in dow.removeprefix("+").split(","))
    both = dom[0] in "*?" or dow[0] in "*?+"
    return (by_month and by_week) if both else (by_month or by_week)


def expand(field: str, low: int, high: int, names: list[str] | None = None) -> set[int]:
    """List the numbers of a field."""
    numbers: set[int] = set()
    for item in field.split(","):
        span, _, step = item.partition("/")
        start, dash, end = span.partition("-")
        if start in "*?":
            first, last = low, high
        else:
            first = _number(start, names, low)
            last = _number(end, names, low) if dash else (high if step else first)
        if end == "SUN" and first > 0:
            last = 7
        numbers.update(n for n in range(first, last + 1) if (n - first) % int(step or 1) == 0)
    return numbers


def _number(word: str, names: list[str] | None, low: int) -> int:
    return names.index(word) + low if names and word in names else int(word)


def _is_day_of_month(day: date, item: str) -> bool:
    length = calendar.monthrange(day.year, day.month)[1]
    if "W" not in item and "L" not in item:
        return day.day in expand(item, 1, 31)
    text = item.removesuffix("W")
    target = length - int(text.partition("-")[2] or 0) if text.startswith("L") else int(text)
    if not 1 <= target <= length:
        return False
    return day.day == (_nearest_weekday(day.replace(day=target)) if item.endswith("W") else target)


def _nearest_weekday(target: date) -> int:
    """Try the day itself, then outwards: a day before, a day after, and so on, within the month."""
    for distance in (0, -1, 1, -2, 2):
        found = target + timedelta(days=distance)
        if found.month == target.month and found.weekday() < 5:
            return found.day
    raise AssertionError("a weekday is at most two days away")


def _is_day_of_week(day: date, item: str) -> bool:
    span, _, nth = item.partition("#")
    if item.endswith("L"):
        span, nth = span.removesuffix("L"), "L"
    if day.isoweekday() % 7 not in {number % 7 for number in expand(span, 0, 7, WEEKDAYS)}:
        return False
    if nth == "L":
        return (day + timedelta(days=7)).month != day.month
    return not nth or (day.day + 6) // 7 == int(nth)


def _glance(zone: ZoneInfo, before: datetime, now: datetime, step: timedelta) -> Glance:
    wall, earlier = now.astimezone(zone), before.astimezone(zone)
    shift = (wall.utcoffset() or timedelta()) - (earlier.utcoffset() or timedelta())
    skipped = []
    if timedelta() < shift <= DAYLIGHT:
        first = earlier.replace(tzinfo=None, fold=0) + step
        skipped = [first + n * step for n in range(shift // step)]
    other = wall.replace(fold=0).utcoffset() or timedelta()
    repeats = wall.fold == 1 and other - (wall.utcoffset() or timedelta()) <= DAYLIGHT
    return Glance(int(now.timestamp()), wall.replace(tzinfo=None, fold=0), repeats, tuple(skipped))


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()
