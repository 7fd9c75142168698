"""The fields of an expression: what each may hold, and how one is read.

Whatever is refused is refused here with a sentence that names the field, the value and what to write instead.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from pypes.errors import InvalidExpression

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


def _spellings(names: tuple[str, ...], first: int, *others: str) -> dict[str, int]:
    """Map each name, its first three letters, and other common spellings to its number."""
    numbers = {name[:3].upper(): number for number, name in enumerate(names, first)}
    full = {name.upper(): number for number, name in enumerate(names, first)}
    return numbers | full | {other: numbers[other[:3]] for other in others}


@dataclass(frozen=True, slots=True)
class Field:
    """One field: numbers from `low` to `high`, some of which have names."""

    name: str
    low: int
    high: int
    names: Mapping[str, int] = field(default_factory=dict)
    stars: tuple[str, ...] = ("*",)
    """What stands for every number: the day fields have `?` too, as OCPS 1.4 allows."""

    @property
    def allowed(self) -> str:
        """What may be written, for a message."""
        short = [name for name in self.names if len(name) == 3]
        return f"{self.low}-{self.high}" + (f" or {short[0]}-{short[-1]}" if short else "")


SECOND = Field("second", 0, 59)
MINUTE = Field("minute", 0, 59)
HOUR = Field("hour", 0, 23)
DAY_OF_MONTH = Field("day of month", 1, 31, stars=("*", "?"))
MONTH = Field("month", 1, 12, _spellings(MONTHS, 1, "SEPT"))
DAY_OF_WEEK = Field(
    "day of week", 0, 7, _spellings(WEEKDAYS, 0, "TUES", "WEDS", "THUR", "THURS"), stars=("*", "?")
)
YEAR = Field("year", 1970, 2199)

_FOREIGN = (
    (None, r"W(\d+|L)", "W follows its day: write 15W, or LW for the last weekday"),
    (
        DAY_OF_MONTH,
        r"L(-\d+)?W?|\d+W",
        "a last or nearest day belongs to the day of month, a last weekday is 5L",
    ),
    (DAY_OF_WEEK, r".+#.*|\w+L", "a last or nth weekday belongs to the day of week, like 5L or FRI#2"),
    (None, r".*-.*W", "W works on a single day: write 15W"),
    (None, r"LAST", "the last day of the month is written L, a last weekday 5L or FRI#L"),
    (None, r".+-L(/.*)?", "a range ends with a number, and months end with 31: write 25-31"),
    (None, r"L(\d|[A-Z]{3,})", "L follows its weekday: write 5L or FRI#L"),
    (None, r"\?.*", "? is the * of the day of month and the day of week: write *"),
    (None, r"\+.*", "+ may only begin the day of week"),
    (None, r"H([(/#].*)?|R|.*~.*", "random values are not read: write a number, and set a jitter"),
    (None, r"\$", "the last day of the month is written L"),
    (
        None,
        r"[A-Z_]{3,}(/[A-Z][A-Z_+-]*)+|UTC|GMT",
        'a time zone stands beside the expression, as "timezone"',
    ),
)
"""What other fields or dialects write: the field in which it is at home, a pattern, what to say elsewhere."""


def items(of: Field, text: str) -> list[str]:
    """Split a list into its items, none of which may be empty."""
    found = text.split(",")
    if "" in found:
        full = ",".join(item for item in found if item)
        refuse(of, text, f"has an empty item: write {full or of.allowed} (no blank follows a comma)")
    return found


def read(of: Field, text: str) -> int:
    """Read a whole field as a set of numbers."""
    numbers = 0
    for item in items(of, text):
        numbers |= read_item(of, item)
    return numbers


def read_item(of: Field, item: str) -> int:
    """Read `*`, `7`, `5-10`, and each of them with a step, as a set of numbers."""
    span, slash, step_text = item.partition("/")
    first, last = (of.low, of.high) if span in of.stars else read_span(of, item, span)
    if slash and "-" not in span:
        last = of.high
    numbers = range(first, last + 1, _step(of, item, step_text) if slash else 1)
    return sum(1 << number for number in numbers)


def read_span(of: Field, item: str, span: str) -> tuple[int, int]:
    """Read `7` or `5-10` as first and last number."""
    start, dash, end = span.partition("-")
    first = _number(of, item, start)
    last = _number(of, item, end) if dash else first
    if of is DAY_OF_WEEK and first > 0 and end in ("SUN", "SUNDAY"):
        last = 7
    if last < first:
        suffix = item.removeprefix(span)
        forwards = _forwards(of, first, last, suffix, named=start in of.names)
        refuse(of, item, f"runs backwards: write {forwards}")
    return first, last


def refuse(of: Field, value: str, problem: str) -> NoReturn:
    """Raise the sentence about one value of one field."""
    raise InvalidExpression(f"`{value}` in the {of.name} field {problem}")


def _number(of: Field, item: str, word: str) -> int:
    if word.isdecimal():
        number = int(word)
        if of.low <= number <= of.high:
            return number
        hint = (
            "; six fields begin with seconds, a year needs all seven"
            if of is DAY_OF_WEEK and number > 999
            else ""
        )
        refuse(of, item, f"is out of range: write {of.allowed}{hint}")
    if word in of.names:
        return of.names[word]
    if not word:
        refuse(of, item, f"lacks a number: write {of.allowed}, and a range with both its ends")
    for home, pattern, problem in _FOREIGN:
        if of is not home and re.fullmatch(pattern, item):
            refuse(of, item, f"cannot stand there: {problem}")
    refuse(of, item, f"is not understood: write {of.allowed}")


def _step(of: Field, item: str, text: str) -> int:
    if not text.isdecimal():
        refuse(of, item, "has a step that is not a number: write */5 for every fifth")
    if int(text) == 0:
        refuse(of, item, "has a step of 0: steps count from 1")
    return int(text)


def _forwards(of: Field, first: int, last: int, suffix: str, *, named: bool) -> str:
    """Spell a reversed range as the two that were probably meant: `22-2` as `22-23,0-2`."""
    if of is YEAR:
        return f"{last}-{first}{suffix}"
    again = _start_of_second_round(of, first, suffix)
    parts = [(first, of.high), (again, last)] if last >= again else [(first, of.high)]
    short = [name for name in of.names if len(name) == 3]
    spelt = [tuple(short[(n - of.low) % len(short)] if named else str(n) for n in part) for part in parts]
    once = "" if suffix.startswith("/") else suffix
    return ",".join(start + once if start == end else f"{start}-{end}{suffix}" for start, end in spelt)


def _start_of_second_round(of: Field, first: int, suffix: str) -> int:
    """Give the number with which a wrapped range goes on: `56-4/3` goes on with 2, for 56, 59, 62."""
    lowest = 1 if of is DAY_OF_WEEK else of.low
    step = int(suffix[1:]) if re.fullmatch(r"/0*[1-9]\d*", suffix, re.ASCII) else 1
    return lowest + (first - of.high - 1) % step
