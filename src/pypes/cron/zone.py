"""Time zones as pieces: stretches of time over which the offset from UTC stays the same.

Instants are whole seconds since the epoch, UTC; offsets are seconds east of it.
"""

import os
import re
from collections.abc import Iterator
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pypes.errors import InvalidInput

LOCAL = "local"
"""The name that stands for the zone of this machine."""

PROBE = 3 * 86_400
"""Offsets are compared this often: of all changes in tzdata 2026, the closest two are 3.9 days apart."""
STEADY, SELDOM = 4_102_444_800, 10 * PROBE
"""tzdata lists changes until 2087; from 2100 on only rules of two changes a year, months apart, are left."""
BLOCK = 120 * PROBE
"""Pieces are found and remembered for about a year at a time; a block's edge ends a piece."""
CORRECTION = 3 * 3600
"""A jump by more than this is a correction of the clock, not daylight saving: cron(8) of Debian."""

_NAME = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", re.ASCII)
_INTERNAL = ("posix/", "right/", "posixrules", "localtime", "Factory")
"""In the folder of zones, but not zones: `right/` even counts leap seconds."""


class Piece(NamedTuple):
    """A stretch from `start` up to, not including, `end`."""

    start: int
    end: int
    offset: int
    shift: int
    """How far clocks moved at `start`: positive leaves a gap, negative repeats; 0 at the edge of a block."""

    @property
    def gap(self) -> int:
        """The wall time that daylight saving left out just before `start`, in seconds."""
        return self.shift if 0 < self.shift <= CORRECTION else 0

    @property
    def repeated(self) -> int:
        """The wall time from `start` on that daylight saving shows for the second time, in seconds."""
        return -self.shift if -CORRECTION <= self.shift < 0 else 0


class Zone:
    """One time zone; ask `zone_named` for it."""

    def __init__(self, name: str) -> None:
        self._info = _load(name)
        self._blocks: dict[int, tuple[Piece, ...]] = {}

    def piece_at(self, instant: int) -> Piece:
        """Give the piece that contains an instant."""
        number = instant // BLOCK
        pieces = self._blocks.get(number)
        if pieces is None:
            pieces = self._blocks[number] = tuple(self._pieces(number * BLOCK))
        for piece in pieces:
            if instant < piece.end:
                return piece
        raise AssertionError("a block's pieces cover it")

    def changes(self, after: int, until: int) -> Iterator[Piece]:
        """Give the pieces that begin after `after` and not after `until` with a change of the clocks."""
        piece = self.piece_at(after)
        while piece.end <= until:
            piece = self.piece_at(piece.end)
            if piece.shift:
                yield piece

    def _pieces(self, start: int) -> list[Piece]:
        pieces, offset = [], self._offset(start)
        shift, end = offset - self._offset(start - 1), start + BLOCK
        step = PROBE if start < STEADY else SELDOM
        for probe in range(start + step, end + 1, step):
            if self._offset(probe - 1) != offset:
                change = self._change_between(start, probe - 1)
                pieces.append(Piece(start, change, offset, shift))
                start, shift, offset = change, self._offset(change) - offset, self._offset(change)
        return [*pieces, Piece(start, end, offset, shift)]

    def _change_between(self, before: int, after: int) -> int:
        """Bisect for the first instant at which the offset is no longer that of `before`."""
        offset = self._offset(before)
        while after - before > 1:
            middle = (before + after) // 2
            if self._offset(middle) == offset:
                before = middle
            else:
                after = middle
        return after

    def _offset(self, instant: int) -> int:
        offset = datetime.fromtimestamp(instant, self._info).utcoffset()
        return int(offset.total_seconds()) if offset is not None else 0


@lru_cache(maxsize=1024)
def zone_named(name: str) -> Zone:
    """Give a zone by its IANA name, or this machine's for `local`; raise `InvalidInput` for any other."""
    return Zone(local_name() if name == LOCAL else name)


def check_zone(name: str) -> None:
    """Raise `InvalidInput`, naming the nearest known zone, unless `name` is `local` or an IANA zone."""
    zone_named(name)


def local_name() -> str:
    """Give the IANA name of this machine's zone, as tzset(3) finds it: `TZ`, /etc/localtime, else UTC."""
    if name := os.environ.get("TZ", "").removeprefix(":"):
        return name
    link = Path("/etc/localtime")
    if not link.exists():
        return "UTC"
    _, found, name = str(link.resolve()).partition("/zoneinfo/")
    if not found:
        raise InvalidInput("the zone of this machine has no name here: write it, like Europe/Berlin")
    return name


def _load(name: str) -> ZoneInfo:
    if len(name) <= 64 and _NAME.fullmatch(name) and not name.startswith(_INTERNAL):
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, OSError, ValueError):
            pass  # a folder, a table or nothing: the sentence below says what to write
    raise InvalidInput(f"`{name[:64]}` is not a known time zone: write {_nearest(name)}")


def _nearest(name: str) -> str:
    known_names = (LOCAL, *(name for name in available_timezones() if not name.startswith(_INTERNAL)))
    names = {known.lower(): known for known in known_names}
    close = get_close_matches(name[:64].lower(), names, n=1)
    return names[close[0]] if close else "an IANA name like Europe/Berlin, or local"
