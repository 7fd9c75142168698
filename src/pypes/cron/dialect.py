"""Text to expression: 5 fields, 6 (seconds first), 7 (seconds first, year last), or a macro."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache

from pypes.cron import fields
from pypes.cron.dates import Dates
from pypes.cron.days import LAST, Days, OfMonth, OfWeek
from pypes.cron.expression import Expression
from pypes.cron.times import Times
from pypes.errors import InvalidExpression

LONGEST = 256
"""Characters; a longer line is a mistake, and lists of hundreds of items only cost time."""

MACROS: Mapping[str, str] = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
"""The nicknames of crontab(5) and OCPS 1.1, accepted in any case; `@reboot` is a trigger of its own."""

REBOOT = "@reboot"

_FOREIGN_MACROS: Mapping[str, str] = {"@every_minute": "* * * * *", "@every_second": "* * * * * *"}
"""Nicknames of FreeBSD's cron and of Cronos, and what they are here."""

_MOVING_DAY = re.compile(r"L(?:-(?P<back>\d{1,2}))?(?P<last_weekday>W)?|(?P<day>\d+)W")
_NTH_WEEKDAY = re.compile(r"(?P<days>[^#]+)#(?P<nth>.*)|(?P<last>[^#]+)L")
_EVERY = re.compile(r"@every\b\s*(.*)", re.IGNORECASE)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)?", re.ASCII | re.IGNORECASE)
_ZONE_PREFIX = re.compile(r"(?:CRON_)?TZ=(\S*)", re.IGNORECASE)


@lru_cache(maxsize=4096)
def parse(text: str) -> Expression:
    """Read an expression; raise `InvalidExpression` with a sentence that says what to write instead."""
    typed = text.strip(" \t")
    _check_characters(typed)
    _check_prefix(typed)
    texts = _seven_fields(typed)
    expression = Expression(typed, texts, _times(texts), _dates(texts))
    if not expression.dates.ever():
        raise InvalidExpression(f"`{typed}` never fires: {_no_such_date(texts)}")
    return expression


def is_reboot(text: str) -> bool:
    """Tell whether this is `@reboot`, in any case: once per start, and so no expression at all."""
    return text.strip(" \t").lower() == REBOOT


def _check_characters(typed: str) -> None:
    if len(typed) > LONGEST:
        raise InvalidExpression(f"the expression has {len(typed)} characters: at most {LONGEST} are read")
    for character in typed:
        if not (" " <= character <= "~" or character == "\t"):
            shown = ascii(character)
            raise InvalidExpression(
                f"the expression contains {shown}: write ASCII, with spaces between fields"
            )


def _check_prefix(typed: str) -> None:
    if found := _ZONE_PREFIX.match(typed):
        zone = found[1] or "Europe/Berlin"
        raise InvalidExpression(
            f'`{found[0]}` is not part of an expression: set "timezone": "{zone}" beside it'
        )
    if is_reboot(typed):
        raise InvalidExpression('`@reboot` names no time: it is a trigger of its own, {"type": "reboot"}')
    if found := _MOMENT.fullmatch(typed):
        time = typed if found[1] else f"{typed}Z"
        raise InvalidExpression(
            f'`{typed}` is a moment, not an expression: write {{"type": "at", "time": "{time}"}}'
        )
    if found := _EVERY.fullmatch(typed):
        interval = found[1] or "5m"
        raise InvalidExpression(
            f'`{typed}` is not an expression: write {{"type": "every", "interval": "{interval}"}}'
        )


def _seven_fields(typed: str) -> tuple[str, ...]:
    """Split into seven texts, in capitals: second 0 and any year where they are left out."""
    if typed.startswith("@"):
        typed = _expand(typed)
    texts = typed.upper().split()
    match len(texts):
        case 5:
            return ("0", *texts, "*")
        case 6:
            return (*texts, "*")
        case 7:
            return tuple(texts)
    number = f"{len(texts)} field{'s' if len(texts) != 1 else ''}"
    raise InvalidExpression(
        f"`{typed}` has {number}: write 5 (minute, hour, day of month, month, day of week), "
        "6 (with seconds first) or 7 (with seconds first and the year last)"
    )


def _expand(macro: str) -> str:
    name, *rest = macro.lower().split()
    if name in MACROS and rest:
        raise InvalidExpression(f"`{macro}` is too long: {name} stands alone")
    if name not in MACROS:
        known = get_close_matches(name, [*MACROS, REBOOT], n=1) or ["@hourly, @daily, @weekly"]
        remedy = _FOREIGN_MACROS.get(name, f"{known[0]}, or five fields")
        raise InvalidExpression(f"`{macro}` is not a known macro: write {remedy}")
    return MACROS[name]


def _times(texts: tuple[str, ...]) -> Times:
    second, minute, hour, *_ = texts
    return Times(
        seconds=fields.read(fields.SECOND, second),
        minutes=fields.read(fields.MINUTE, minute),
        hours=fields.read(fields.HOUR, hour),
    )


def _dates(texts: tuple[str, ...]) -> Dates:
    *_, day_of_month, month, day_of_week, year = texts
    return Dates(
        days=_days(day_of_month, day_of_week),
        months=fields.read(fields.MONTH, month),
        years=None if year == "*" else fields.read(fields.YEAR, year),
    )


def _days(day_of_month: str, day_of_week: str) -> Days:
    """Join the two day fields by Debian's rule, or by the `+` of OCPS 1.4."""
    both = day_of_month.startswith(("*", "?")) or day_of_week.startswith(("*", "?", "+"))
    numbers, moving_days = _days_of_month(day_of_month)
    weekdays, moving_weekdays = _days_of_week(day_of_week.removeprefix("+"))
    return Days(numbers=numbers, weekdays=weekdays, moving=(*moving_days, *moving_weekdays), both=both)


def _days_of_month(text: str) -> tuple[int, list[OfMonth]]:
    numbers, moving = 0, []
    for item in fields.items(fields.DAY_OF_MONTH, text):
        if found := _MOVING_DAY.fullmatch(item):
            moving.append(_moving_day(item, found))
        else:
            numbers |= fields.read_item(fields.DAY_OF_MONTH, item)
    return numbers, list(dict.fromkeys(moving))


def _moving_day(item: str, found: re.Match[str]) -> OfMonth:
    if found["day"]:
        day, _ = fields.read_span(fields.DAY_OF_MONTH, item, found["day"])
        return OfMonth(day, nearest_weekday=True)
    back = int(found["back"] or 0)
    if back > 30:
        fields.refuse(fields.DAY_OF_MONTH, item, "is out of range: write L-1 to L-30")
    return OfMonth(-back, nearest_weekday=found["last_weekday"] is not None)


def _days_of_week(text: str) -> tuple[int, list[OfWeek]]:
    numbers, moving = 0, []
    for item in fields.items(fields.DAY_OF_WEEK, text):
        if found := _NTH_WEEKDAY.fullmatch(item):
            moving += _nth_weekdays(item, found)
        else:
            numbers |= fields.read_item(fields.DAY_OF_WEEK, item)
    return (numbers | numbers >> 7) & 0b1111111, list(dict.fromkeys(moving))


def _nth_weekdays(item: str, found: re.Match[str]) -> list[OfWeek]:
    nth = "L" if found["last"] else found["nth"]
    if nth not in ("1", "2", "3", "4", "5", "L"):
        fields.refuse(fields.DAY_OF_WEEK, item, "counts wrongly: write #1 to #5, or #L for the last")
    first, last = fields.read_span(fields.DAY_OF_WEEK, item, found["days"] or found["last"])
    return [OfWeek(day % 7, LAST if nth == "L" else int(nth)) for day in range(first, last + 1)]


def _no_such_date(texts: tuple[str, ...]) -> str:
    *_, day_of_month, month, day_of_week, year = texts
    wanted = {"day of month": day_of_month, "month": month, "day of week": day_of_week, "year": year}
    named = " and ".join(f"{name} {text}" for name, text in wanted.items() if text not in ("*", "?"))
    hint = "; the last day of a month is written L" if re.search(r"29|3[01]", day_of_month) else ""
    return f"no date has {named}{hint}"
