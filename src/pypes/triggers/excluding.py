"""Exclusions: dates and cron expressions whose slots are skipped, and recorded as such."""

import re
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from pypes import cron
from pypes.clock import SECOND
from pypes.cron import Timetable
from pypes.cron.zone import LOCAL, local_name
from pypes.errors import InvalidInput
from pypes.instants import to_datetime

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
FIVE_FIELDS = 5


class Exclusions:
    """Says of a slot whether it is excluded; a date covers its whole day in the trigger's zone."""

    def __init__(self, texts: tuple[str, ...], zone: str) -> None:
        self._zone = ZoneInfo(local_name() if zone == LOCAL else zone)
        read = [_read(text, zone, index) for index, text in enumerate(texts)]
        self._dates = frozenset(each for each in read if isinstance(each, date))
        self._tables = tuple(each for each in read if not isinstance(each, date))

    def cover(self, slot: int) -> bool:
        """Whether a slot (microseconds UTC) is excluded."""
        if self._dates and to_datetime(slot).astimezone(self._zone).date() in self._dates:
            return True
        second = slot - slot % SECOND  # an expression excludes whole seconds, whatever fires within them
        return any(table.matches(second) for table in self._tables)


@lru_cache(maxsize=1024)
def exclusions(texts: tuple[str, ...], zone: str) -> Exclusions:
    """Read what `exclude` says; raise `InvalidInput` for what is neither a date nor an expression."""
    return Exclusions(texts, zone)


def _read(text: str, zone: str, index: int) -> date | Timetable:
    try:
        return _date(text) if _DATE.fullmatch(text) else _table(text, zone)
    except InvalidInput as error:
        raise InvalidInput(error.message, f"$[{index}]") from None


def _date(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a calendar's day has no zone
    except ValueError:
        raise InvalidInput(f"`{text}` is not a date of the calendar") from None


def _table(text: str, zone: str) -> Timetable:
    """Five fields, and macros, exclude whole minutes: a schedule with seconds has no slot left in them."""
    if len(text.split()) < FIVE_FIELDS and "@" not in text:
        raise InvalidInput(f"`{text}` is neither a date like 2026-12-25 nor a cron expression")
    cron.parse(text)  # so that a refusal shows what was written
    fields = cron.MACROS.get(text.strip().lower(), text)
    with_seconds = f"* {fields}" if len(fields.split()) == FIVE_FIELDS else fields
    return cron.timetable(with_seconds, zone, "literal")
