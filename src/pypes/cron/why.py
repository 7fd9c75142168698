"""Why a wall time is not what an expression wants: the fields that say no, in words."""

from datetime import date, timedelta

from pypes.cron import fields
from pypes.cron.days import shape_of
from pypes.cron.expression import Expression
from pypes.cron.times import DAY

_EPOCH = date(1970, 1, 1)


def objections(expression: Expression, wall: int) -> list[str]:
    """Say which fields do not match a wall time, like `hour is 3, the expression wants 9-17`."""
    days, time = divmod(wall, DAY)
    day = _EPOCH + timedelta(days=days)
    second, minute, hour, _, month, _, year = expression.fields
    shown = [
        (fields.SECOND, time % 60, expression.times.seconds, second),
        (fields.MINUTE, time // 60 % 60, expression.times.minutes, minute),
        (fields.HOUR, time // 3600, expression.times.hours, hour),
        (fields.MONTH, day.month, expression.dates.months, month),
        (fields.YEAR, day.year, expression.dates.years, year),
    ]
    said = [
        _objection(of, number, text)
        for of, number, wanted, text in shown
        if wanted is not None and not wanted >> number & 1
    ]
    return said + _about_the_day(expression, day)


def _objection(of: fields.Field, shown: object, wanted: str) -> str:
    return f"{of.name} is {shown}, the expression wants {wanted}"


def _about_the_day(expression: Expression, day: date) -> list[str]:
    days, shape = expression.dates.days, shape_of(day.year, day.month)
    if days.in_month(shape) >> day.day & 1:
        return []
    *_, day_of_month, _, day_of_week, _ = expression.fields
    weekday = fields.WEEKDAYS[shape.weekday(day.day)]
    if not days.both:
        either = f"either day of month {day_of_month} or day of week {day_of_week}"
        return [f"the day is {weekday} {day.day}, the expression wants {either}"]
    said = []
    if not days.by_month(shape) >> day.day & 1:
        said.append(_objection(fields.DAY_OF_MONTH, day.day, day_of_month))
    if not days.by_week(shape) >> day.day & 1:
        said.append(_objection(fields.DAY_OF_WEEK, weekday, day_of_week))
    return said
