"""Preview: what an expression means and when it fires, before anything depends on it."""

import asyncio
from collections.abc import Callable
from datetime import UTC
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from pypes import cron
from pypes.cron import DstPolicy, Timetable
from pypes.cron.zone import LOCAL, local_name
from pypes.errors import InvalidInput
from pypes.instants import format_instant, parse_instant, to_datetime
from pypes.web.answers import answer
from pypes.web.body import read_json
from pypes.web.clock_changes import ClockChange, clock_changes
from pypes.web.query import MOST, Query
from pypes.web.resource import Operation
from pypes.web.services import Services

T = TypeVar("T")


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A cron expression, and which of its fires are asked for."""

    expression: str
    timezone: str = "UTC"
    dst: DstPolicy = "vixie"
    start: str | None = msgspec.field(default=None, name="from")
    """Fires strictly after this moment (now)."""
    count: Annotated[int, msgspec.Meta(ge=1, le=MOST)] = 5
    clock_changes: bool = False
    """Also tell the nights ahead on which clocks change, and what each `dst` makes of them."""


class Preview(msgspec.Struct, frozen=True):
    """What an expression means."""

    next: list[str]
    """UTC."""
    local: list[str]
    """The same fires in the expression's own zone."""
    text: str
    warnings: list[str]
    clock_changes: list[ClockChange] | msgspec.UnsetType = msgspec.UNSET


async def _preview(services: Services, request: Request, _query: Query) -> Response:
    """Say in words what a cron expression means, when it fires next, and what may surprise."""
    asked: Question = await read_json(request, Question, services.config.max_body)
    _at("timezone", cron.check_zone, asked.timezone)
    expression = _at("expression", cron.parse, asked.expression)
    after = services.clock.now() if asked.start is None else _at("from", parse_instant, asked.start)
    table = cron.timetable(asked.expression, asked.timezone, asked.dst)
    # A thousand slots of a rare expression take a tenth of a second: others get their turn meanwhile.
    slots = await asyncio.to_thread(_slots, table, after, asked.count)
    preview = Preview(
        next=[format_instant(slot) for slot in slots],
        local=[_in_zone(slot, asked.timezone) for slot in slots],
        text=cron.describe(expression),
        warnings=cron.warnings(table, after),
        clock_changes=clock_changes(asked.expression, asked.timezone, after)
        if asked.clock_changes
        else msgspec.UNSET,
    )
    return answer(preview)


def _slots(table: Timetable, after: int, count: int) -> list[int]:
    slots: list[int] = []
    slot = table.next_after(after)
    while slot is not None and len(slots) < count:
        slots.append(slot)
        slot = table.next_after(slot)
    return slots


def _in_zone(slot: int, zone: str) -> str:
    moment = to_datetime(slot)
    info = UTC if zone == "UTC" else ZoneInfo(local_name() if zone == LOCAL else zone)
    return moment.astimezone(info).isoformat()


def _at(field: str, read: Callable[[Any], T], value: str) -> T:
    try:
        return read(value)
    except InvalidInput as error:
        raise error.under(f"$.{field}") from None


PREVIEW = Operation(do=_preview, takes=Question, gives=Preview)
