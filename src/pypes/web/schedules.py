"""Schedules: each timed trigger, what it last did and will do next."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from pypes.store.rows import ScheduleRow
from pypes.store.tx import Tx
from pypes.web.answers import answer
from pypes.web.finding import find_agent
from pypes.web.query import Cursor, Limit, Query
from pypes.web.resource import Operation
from pypes.web.services import Services
from pypes.web.shapes import Schedule, ScheduleState, schedule_shape

PAGE = 1000


class ScheduleQuery(Query, frozen=True, kw_only=True):
    """Which schedules."""

    agent: str | None = None
    state: ScheduleState | None = None
    limit: Limit = 100
    cursor: Cursor | None = None


class SchedulePage(msgspec.Struct, frozen=True):
    """A page of schedules, those of the oldest agent first."""

    items: list[Schedule]
    next: str | None
    """What to give as `cursor` for the next page."""


async def _list_schedules(services: Services, _request: Request, query: ScheduleQuery) -> Response:
    """List timed triggers and where they stand."""
    now = services.clock.now()

    def page(tx: Tx) -> SchedulePage:
        rows = _rows(tx, query)
        items = [schedule_shape(tx, row, now) for row in rows[: query.limit]]
        return SchedulePage(items, items[-1].id if len(rows) > query.limit else None)

    return answer(await services.store.read(page))


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


LIST = Operation(do=_list_schedules, query=ScheduleQuery, gives=SchedulePage)
