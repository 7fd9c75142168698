"""Moments and durations as people write them, to and from integer microseconds.

A moment is written as RFC 3339 (`2026-12-01T09:00:00+01:00`), a duration as `250ms 30s 10m 2h 1d`
(also joined: `1h30m`) or as ISO 8601 (`PT10M`; years and months have no fixed length and are refused).
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from pypes.clock import SECOND
from pypes.errors import InvalidInput

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {"ms": 1000, "s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND, "d": 86400 * SECOND}
_SHORT = re.compile(r"(?:\d{1,15}(?:\.\d{1,9})?(?:ms|[smhd]))+", re.ASCII)
_SHORT_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhd])", re.ASCII)
_ISO = re.compile(
    r"P(?:(?P<w>\d{1,15}(?:\.\d{1,9})?)W)?(?:(?P<d>\d{1,15}(?:\.\d{1,9})?)D)?"
    r"(?:T(?:(?P<h>\d{1,15}(?:\.\d{1,9})?)H)?(?:(?P<m>\d{1,15}(?:\.\d{1,9})?)M)?(?:(?P<s>\d{1,15}(?:\.\d{1,9})?)S)?)?",
    re.ASCII,
)
_ISO_UNITS = {"w": 7 * _UNITS["d"], "d": _UNITS["d"], "h": _UNITS["h"], "m": _UNITS["m"], "s": SECOND}
_RFC3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
LONGEST = 100 * 366 * _UNITS["d"]
"""No duration is longer than about a century: beyond it, arithmetic leaves the calendar."""

LATEST = (datetime(2200, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
"""The end of time here: the first microsecond of 2200 (the years of OCPS 1.2)."""


def parse_duration(text: str) -> int:
    """Read a duration as microseconds; raise `InvalidInput` naming the text and how to write one."""
    micros = _short_duration(text) if _SHORT.fullmatch(text) else _iso_duration(text)
    if micros is None:
        raise InvalidInput(f"`{text[:40]}` is not a duration: write it like 250ms, 30s, 10m, 2h, 1d or PT10M")
    if micros > LONGEST:
        raise InvalidInput(f"`{text[:40]}` is too long: a duration is at most a hundred years")
    return micros


def _short_duration(text: str) -> int:
    return round(sum(float(number) * _UNITS[unit] for number, unit in _SHORT_PART.findall(text)))


def _iso_duration(text: str) -> int | None:
    match = _ISO.fullmatch(text)
    if match is None or text.endswith(("P", "T")):
        return None
    return round(sum(float(number) * _ISO_UNITS[unit] for unit, number in match.groupdict("0").items()))


def format_duration(micros: int) -> str:
    """Write a duration in its largest whole units: `90s` is `1m30s`, nothing is `0s`."""
    parts, rest = [], micros
    for unit in ("d", "h", "m", "s", "ms"):
        count, rest = divmod(rest, _UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def parse_instant(text: str) -> int:
    """Read an RFC 3339 moment as microseconds UTC; raise `InvalidInput` when it is not one."""
    if not _RFC3339.fullmatch(text):
        raise InvalidInput(
            f"`{text}` is not a moment: write it with date, time and offset, like 2026-12-01T09:00:00+01:00"
        )
    try:
        micros = from_datetime(datetime.fromisoformat(text.upper()))
    except (ValueError, OverflowError) as error:
        raise InvalidInput(f"`{text}` is not a moment: {error}") from None
    if not 0 <= micros < LATEST:
        raise InvalidInput(f"`{text}` is out of reach: a moment lies between 1970 and 2199")
    return micros


def from_datetime(moment: datetime) -> int:
    """Turn an aware datetime into microseconds UTC, without rounding through a float."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def to_datetime(micros: int) -> datetime:
    """Turn microseconds UTC into an aware datetime."""
    return _EPOCH + timedelta(microseconds=micros)


@lru_cache(maxsize=1024)
def format_instant(micros: int) -> str:
    """Write a slot: `2026-05-03T09:23:35Z`, with milliseconds only where there are any."""
    moment = to_datetime(micros)
    if micros % SECOND < 1000:
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return format_moment(micros)


def format_moment(micros: int) -> str:
    """Write something measured: always with milliseconds, `2026-05-03T09:23:35.002Z`."""
    return to_datetime(micros).strftime("%Y-%m-%dT%H:%M:%S.") + f"{micros // 1000 % 1000:03d}Z"


def format_for_people(micros: int) -> str:
    """Write a moment as the original's log lines do: `2026-05-03 09:23:35 UTC`."""
    return to_datetime(micros).strftime("%Y-%m-%d %H:%M:%S UTC")
