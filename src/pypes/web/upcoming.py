"""Upcoming: the fires of all agents merged in the order of their time."""

import heapq
from collections.abc import Iterator
from itertools import islice, takewhile
from typing import NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from pypes.clock import DAY
from pypes.errors import InvalidInput
from pypes.instants import LATEST, format_instant
from pypes.model.action import readable_trigger, type_of
from pypes.store.rows import ScheduleRow
from pypes.store.runs import LAST_ID
from pypes.store.tx import Tx
from pypes.triggers import TimedTrigger
from pypes.web.answers import answer
from pypes.web.finding import find_agent
from pypes.web.query import Cursor, Limit, Query, moment
from pypes.web.resource import Operation
from pypes.web.services import Services

MOST_SCHEDULES = 10_000
"""So many schedules are looked at, those that fire soonest; with more, `complete` says what that means."""
MOST_SLOTS = 20_000
"""So many slots are looked at, excluded ones too."""


class UpcomingQuery(Query, frozen=True, kw_only=True):
    """Which fires."""

    start: str | None = msgspec.field(default=None, name="from")
    """A moment: only fires after it (now)."""
    to: str | None = None
    """A moment: no fires after it (a day after `from`)."""
    agent: str | None = None
    limit: Limit = 100
    cursor: Cursor | None = None


class Fire(msgspec.Struct, frozen=True):
    """One slot to come."""

    agent: str
    action: int
    type: str
    expression: str
    timezone: str
    at: str
    effective: str
    """When it will run: the slot plus its spread."""


class Upcoming(msgspec.Struct, frozen=True):
    """Fires in the order of their time."""

    items: list[Fire]
    next: str | None
    """What to give as `cursor` for the next page."""
    complete: bool
    """False when there are so many schedules that fires far ahead may be missing."""


class _Line(NamedTuple):
    """A schedule's next slot in the merge; its id breaks ties."""

    slot: int
    id: str
    row: ScheduleRow
    trigger: TimedTrigger


async def _list_upcoming(services: Services, _request: Request, query: UpcomingQuery) -> Response:
    """List what will fire, over all agents."""
    now = services.clock.now()
    start = max(now, moment(query.start, "from") or now)
    end = moment(query.to, "to")
    if end is not None and end < start:
        raise InvalidInput("the parameter `to` is before `from`, or past")
    end = min(start + DAY, LATEST) if end is None else end
    return answer(await services.store.read(lambda tx: _read(tx, query, start=start, end=end, now=now)))


def _read(tx: Tx, query: UpcomingQuery, *, start: int, end: int, now: int) -> Upcoming:
    rows = _rows(tx, query, end)
    after = (start, LAST_ID) if query.cursor is None else (int(query.cursor[:14], 16), query.cursor[14:])
    lines = takewhile(lambda line: line.slot <= end, _merged(rows, after[0] - 1))
    fires = (
        line
        for line in islice(lines, MOST_SLOTS)
        if line[:2] > after and not line.trigger.excludes(line.slot)
    )
    found = list(islice(fires, query.limit + 1))
    last = found[query.limit - 1] if len(found) > query.limit else None
    return Upcoming(
        items=[_fire(line) for line in found[: query.limit]],
        next=None if last is None else f"{last.slot:014x}{last.id}",
        complete=after[0] <= now or len(rows) < MOST_SCHEDULES,
    )


def _rows(tx: Tx, query: UpcomingQuery, end: int) -> list[ScheduleRow]:
    if query.agent is None:
        return tx.schedules_until(end, MOST_SCHEDULES)
    rows = tx.schedules_of_agent(find_agent(tx, query.agent).id)
    return [row for row in rows if row.state == "active"]


def _merged(rows: list[ScheduleRow], after: int) -> Iterator[_Line]:
    """All slots after a moment, in order, each computed only when it is its turn."""
    lines = [line for row in rows if (line := _next_line(row, after))]
    heapq.heapify(lines)
    while lines:
        yield lines[0]
        if following := _next_line(lines[0].row, lines[0].slot):
            heapq.heapreplace(lines, following)
        else:
            heapq.heappop(lines)


def _next_line(row: ScheduleRow, after: int) -> _Line | None:
    trigger = readable_trigger(row.definition)
    slot = None if trigger is None else trigger.next_after(after)
    return None if trigger is None or slot is None else _Line(slot, row.id, row, trigger)


def _fire(line: _Line) -> Fire:
    return Fire(
        agent=line.row.agent,
        action=line.row.position,
        type=type_of(line.trigger),
        expression=line.trigger.text,
        timezone=line.trigger.zone,
        at=format_instant(line.slot),
        effective=format_instant(line.trigger.effective(line.slot, line.id)),
    )


LIST = Operation(do=_list_upcoming, query=UpcomingQuery, gives=Upcoming)
