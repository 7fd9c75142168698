"""What somebody may not expect of an expression that is perfectly valid."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from pypes.clock import SECOND
from pypes.cron import fields
from pypes.cron.text import name_weekdays
from pypes.cron.timetable import Timetable
from pypes.cron.zone import Piece

AHEAD = 366 * 86_400
"""Changes of the clocks are told a year ahead, in seconds."""

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall time has no zone
_STEP = re.compile(r"(?P<span>[*?]|\d+(-\d+)?)/(?P<step>\d+)", re.ASCII)
_NUMBERED_WEEKDAY = re.compile(r"(?:^|[+,-])\d", re.ASCII)
_FIELDS = (
    fields.SECOND,
    fields.MINUTE,
    fields.HOUR,
    fields.DAY_OF_MONTH,
    fields.MONTH,
    fields.DAY_OF_WEEK,
    fields.YEAR,
)


def warnings(timetable: Timetable, after: int) -> list[str]:
    """List what is worth knowing about a timetable from `after` on (microseconds), as sentences."""
    if timetable.next_after(after) is None:
        return ["it never fires again"]
    return [
        *_dialect(timetable),
        *_steps(timetable),
        *_days(timetable),
        *_clock_changes(timetable, after // SECOND),
    ]


def _dialect(timetable: Timetable) -> Iterator[str]:
    text = timetable.expression.text
    if len(text.split()) == 6:
        yield f"six fields are read with seconds first: second {text.split()[0]}, minute {text.split()[1]}"


def _steps(timetable: Timetable) -> Iterator[str]:
    for of, text in zip(_FIELDS, timetable.expression.fields, strict=True):
        for item in text.removeprefix("+").split(","):
            if found := _STEP.fullmatch(item):
                yield from _step(of, item, found["span"], int(found["step"]))


def _step(of: fields.Field, item: str, span: str, step: int) -> Iterator[str]:
    high = 6 if of is fields.DAY_OF_WEEK else of.high
    first, last = (of.low, high) if span in of.stars else fields.read_span(of, item, span)
    last = high if "-" not in span else last
    whole = first == of.low and last == high
    latest = first + (last - first) // step * step
    if step > last - first:
        yield f"`{item}` in the {of.name} field has a step larger than its range: only {first} is left"
    elif whole and of is not fields.YEAR and (high + 1 - of.low) % step:
        rest = high + 1 - latest
        yield f"`{item}` in the {of.name} field is uneven: from {latest} to the next {first} it is {rest}"


def _days(timetable: Timetable) -> Iterator[str]:
    *_, day_of_month, _, day_of_week, _ = timetable.expression.fields
    days = timetable.expression.dates.days
    if not days.both:
        yield (
            f"day of month {day_of_month} and day of week {day_of_week} are both given, so either will do: "
            f"write +{day_of_week} to ask for both"
        )
    if _NUMBERED_WEEKDAY.search(day_of_week) and not timetable.expression.text.startswith("@"):
        yield (
            f"day of week {day_of_week} counts from Sunday as 0, so it is {name_weekdays(days)}; "
            "the original counted Sunday as 1: names like MON-FRI read the same everywhere"
        )


def _clock_changes(timetable: Timetable, after: int) -> Iterator[str]:
    """Tell the first gap and the first repeat ahead into which a time of the expression falls."""
    told = set()
    for piece in timetable.clocks.changes(after, after + AHEAD):
        forward = piece.shift > 0
        if forward not in told and _concerns(timetable, piece):
            told.add(forward)
            yield f"{_change(timetable, piece)}: {_consequence(timetable, piece)}"


def _concerns(timetable: Timetable, piece: Piece) -> bool:
    """Tell whether a match lies in the gap or repeat; one that comes every hour anyway surprises nobody."""
    expression = timetable.expression
    if expression.wild and expression.times.hours.bit_count() == 24:
        return False
    wall = piece.start + piece.offset
    return expression.count_walls(wall - piece.gap, wall + piece.repeated) > 0


def _change(timetable: Timetable, piece: Piece) -> str:
    after = _EPOCH + timedelta(seconds=piece.start + piece.offset)
    before = after - timedelta(seconds=piece.shift)
    way = "forward" if piece.shift > 0 else "back"
    return f"on {before:%Y-%m-%d} clocks in {timetable.zone} go {way} from {before:%H:%M} to {after:%H:%M}"


def _consequence(timetable: Timetable, piece: Piece) -> str:
    if timetable.expression.wild:
        rule = "a * in minute or hour follows elapsed time"
        return f"{rule}, so what falls in between {'does not run' if piece.gap else 'runs in both passes'}"
    if piece.gap:
        runs = "runs once, right after" if timetable.dst == "vixie" else "does not run"
    else:
        runs = "runs in both passes" if timetable.dst == "literal" else "runs once, in the first pass"
    return f"what falls in between {runs} ({timetable.dst})"
