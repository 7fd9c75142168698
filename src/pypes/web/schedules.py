"""Schedules: each timed trigger, what it last did and will do next."""

from functools import lru_cache
from typing import Any, Literal, cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from pypes import cron
from pypes.instants import format_instant, format_moment
from pypes.model.action import UNRECOGNIZED, readable_trigger, type_of
from pypes.store.rows import ScheduleRow, ScheduleState
from pypes.store.tx import Tx
from pypes.triggers import TimedTrigger
from pypes.triggers.cron import Cron
from pypes.triggers.on_input import OnInput
from pypes.web.answers import answer_encoded
from pypes.web.finding import find_agent
from pypes.web.query import Cursor, Limit, Query
from pypes.web.resource import Operation
from pypes.web.services import Services
from pypes.web.shapes import Run, run_shape

PAGE = 1000
"""How many rows are read at once where some of them are left out."""
State = Literal["active", "paused", "finished"]


class ScheduleQuery(Query, frozen=True, kw_only=True):
    """Which schedules."""

    agent: str | None = None
    state: State | None = None
    limit: Limit = 100
    cursor: Cursor | None = None


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """A timed trigger and where it stands."""

    id: str
    agent: str
    action: int
    type: str
    expression: str
    text: str
    """The expression in words."""
    timezone: str
    next: str | None
    """The next slot; null while it is paused without an end, and once it is finished."""
    effective_next: str | None
    last_run: Run | None
    state: State
    note: str | None
    until: str | None
    """When the pause ends by itself."""
    policy: dict[str, Any]


class SchedulePage(msgspec.Struct, frozen=True):
    """A page of schedules, those of the oldest agent first."""

    items: list[Schedule]
    next: str | None
    """What to give as `cursor` for the next page."""


async def _list_schedules(services: Services, _request: Request, query: ScheduleQuery) -> Response:
    """List timed triggers and where they stand."""
    now = services.clock.now()

    def page(tx: Tx) -> bytes:
        rows = _rows(tx, query)
        items = [schedule_shape(tx, row, now) for row in rows[: query.limit]]
        return msgspec.json.encode(SchedulePage(items, items[-1].id if len(rows) > query.limit else None))

    return answer_encoded(await services.store.read(page))


def _rows(tx: Tx, query: ScheduleQuery) -> list[ScheduleRow]:
    """Read one row more than was asked for, if there is one: it tells that another page follows."""
    after, wanted = query.cursor or "", query.limit + 1
    if query.agent is not None:
        return _rows_of_agent(tx, query)[:wanted]
    if query.state == "active":
        return _active_rows(tx, after, wanted)
    if query.state is not None:
        return tx.schedules_in_state(query.state, after, wanted)
    return tx.schedules_page(after, wanted)


def _rows_of_agent(tx: Tx, query: ScheduleQuery) -> list[ScheduleRow]:
    """An agent's schedules follow the order of its actions."""
    rows = tx.schedules_of_agent(find_agent(tx, query.agent or "").id)
    places = {row.id: place for place, row in enumerate(rows, 1)}
    rest = rows[places.get(query.cursor or "", 0) :]
    return [row for row in rest if query.state in {None, row.state}]


def _active_rows(tx: Tx, after: str, wanted: int) -> list[ScheduleRow]:
    """Nearly all schedules are active: leaving out the others costs less than an index would."""
    found: list[ScheduleRow] = []
    while len(found) < wanted and (page := tx.schedules_page(after, PAGE)):
        found += [row for row in page if row.state == "active"]
        after = page[-1].id
    return found[:wanted]


def schedule_shape(tx: Tx, row: ScheduleRow, now: int) -> Schedule:
    """Say where a schedule stands."""
    trigger = readable_trigger(row.definition)
    slot = None if trigger is None else next_slot(row, trigger, now)
    last_run = tx.run_by_id(row.last_run) if row.last_run else None
    return Schedule(
        id=row.id,
        agent=row.agent,
        action=row.position,
        type=UNRECOGNIZED if trigger is None else type_of(trigger),
        expression="" if trigger is None else trigger.text,
        text="It can no longer be read" if trigger is None else in_words(trigger),
        timezone="UTC" if trigger is None else trigger.zone,
        next=None if slot is None else format_instant(slot),
        effective_next=None
        if trigger is None or slot is None
        else format_instant(trigger.effective(slot, row.id)),
        last_run=run_shape(last_run, now) if last_run else None,
        state=cast("State", row.state),
        note=row.note,
        until=None if row.until is None else format_moment(row.until),
        policy={} if trigger is None else trigger.policy(),
    )


def next_slot(row: ScheduleRow | ScheduleState, trigger: TimedTrigger, now: int) -> int | None:
    """The slot that will be next to run: a paused schedule's lies behind the end of its pause.

    The remembered slot may be past, while it is late, or beyond the next one, while that is claimed.
    """
    if row.slot is None or (row.state == "paused" and row.until is None):
        return None
    return trigger.next_to_run(max(now, row.until or now))


def in_words(trigger: TimedTrigger) -> str:
    """Say when a trigger fires, in a sentence."""
    if isinstance(trigger, Cron):
        return _cron_in_words(trigger.expression)
    if isinstance(trigger, OnInput):
        return f"With each input for which {trigger.when}" if trigger.when else "With each input"
    return trigger.text[:1].upper() + trigger.text[1:]


@lru_cache(maxsize=4096)
def _cron_in_words(expression: str) -> str:
    return cron.describe(cron.parse(expression))


LIST = Operation(do=_list_schedules, query=ScheduleQuery, gives=SchedulePage)
