"""Roster: agents at a glance, page by page: what they do, where they stand, and how their last runs went."""

from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from pypes.errors import InvalidInput
from pypes.instants import LATEST, format_instant, format_moment
from pypes.model.action import readable_trigger
from pypes.store.rows import RosterRow, ScheduleRow
from pypes.store.runs import LAST_ID
from pypes.store.tx import Tx
from pypes.store.watch import moment_of
from pypes.web.answers import answer_encoded
from pypes.web.query import Limit, Query
from pypes.web.resource import Operation
from pypes.web.schedules import in_words, next_slot
from pypes.web.services import Services

OUTCOMES = 20
"""How many of its newest runs are shown of each agent."""
MOST_TRIGGERS = 50
"""So many of an agent's triggers are looked at."""
State = Literal["active", "paused", "finished", "idle"]


class RosterQuery(Query, frozen=True, kw_only=True):
    """Which agents."""

    search: str = ""
    """A part of the name, in any case."""
    sort: Literal["name", "next", "changed"] = "name"
    """`next`: the one that fires next first, those that will not fire left out."""
    agent: str | None = None
    """Only the agent of this name."""
    state: Literal["paused", "finished"] | None = None
    """Only agents with such a trigger, the oldest first."""
    limit: Limit = 50
    cursor: str | None = None


class Past(msgspec.Struct, frozen=True):
    """How one of the newest runs went."""

    id: str
    state: str
    slot: str
    count: int
    """How many slots the row covers."""
    latency_ms: float | None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """An agent at a glance."""

    name: str
    state: State
    """`paused`, or `finished`, when all its triggers are; `idle` without any."""
    actions: int
    triggers: int
    paused: int
    """How many of its triggers are paused."""
    text: str | None
    """In words, when the trigger fires that fires next."""
    timezone: str | None
    next: str | None
    outcomes: list[Past]
    """Its newest runs, the newest first, at most 20."""
    updated: str
    created_by: str | None
    """The agent whose run created it; null when a person did, or has changed it since."""


class RosterPage(msgspec.Struct, frozen=True):
    """A page of agents."""

    items: list[Standing]
    next: str | None
    """What to give as `cursor` for the next page."""


async def _list_roster(services: Services, _request: Request, query: RosterQuery) -> Response:
    """List agents at a glance, searched and sorted."""
    now = services.clock.now()
    cursor = _Cursor(query.cursor)

    def page(tx: Tx) -> bytes:
        rows = _rows(tx, query, cursor)
        items = [standing(tx, row, now) for row in rows[: query.limit]]
        more = len(rows) > query.limit
        return msgspec.json.encode(RosterPage(items, rows[query.limit - 1].cursor if more else None))

    return answer_encoded(await services.store.read(page))


class _Cursor:
    """Where a list goes on: a name or an id; or a moment in hex, then an id."""

    def __init__(self, text: str | None) -> None:
        self.text = text
        try:
            self.at = None if text is None else int(text[:14], 16)
        except ValueError:
            self.at = None
        self.id = "" if text is None else text[14:]

    def moment(self, first: int) -> int:
        """The moment, or `first` on the first page."""
        if self.text is not None and self.at is None:
            raise InvalidInput(
                "the parameter `cursor` is not one that a page of this list has given as `next`"
            )
        return first if self.at is None else self.at


def _rows(tx: Tx, query: RosterQuery, cursor: _Cursor) -> list[RosterRow]:
    """Read one agent more than was asked for, if there is one: it tells that another page follows."""
    if query.agent is not None:
        row = tx.agent_on_roster(query.agent)
        return [] if row is None else [row]
    pattern, limit = _pattern(query.search), query.limit + 1
    if query.state is not None:
        return tx.roster_in_state(query.state, pattern, after=cursor.text or "", limit=limit)
    if query.sort == "next":
        return tx.roster_by_next(pattern, at=cursor.moment(0), schedule_id=cursor.id, limit=limit)
    if query.sort == "changed":
        return tx.roster_by_change(
            pattern, at=cursor.moment(LATEST), agent_id=cursor.id or LAST_ID, limit=limit
        )
    return tx.roster_by_name(pattern, after=cursor.text or "", limit=limit)


def _pattern(search: str) -> str:
    """A pattern of LIKE that finds a text anywhere."""
    for special in "\\%_":
        search = search.replace(special, "\\" + special)
    return f"%{search.lower()}%"


def standing_of(tx: Tx, name: str, now: int) -> Standing | None:
    """Say where the agent of a name stands; None when there is none."""
    row = tx.agent_on_roster(name)
    return None if row is None else standing(tx, row, now)


def standing(tx: Tx, row: RosterRow, now: int) -> Standing:
    """Say where an agent stands."""
    schedules = tx.schedules_of_agent(row.id)
    slot, first = _next(schedules[:MOST_TRIGGERS], now)
    trigger = None if first is None else readable_trigger(first.definition)
    return Standing(
        name=row.name,
        state=_state(schedules),
        actions=len(tx.actions_of_agent(row.id)),
        triggers=len(schedules),
        paused=sum(each.state == "paused" for each in schedules),
        text=None if trigger is None else in_words(trigger),
        timezone=None if trigger is None else trigger.zone,
        next=None if slot is None else format_instant(slot),
        outcomes=_outcomes(tx, row.name, now),
        updated=format_moment(row.updated_at),
        created_by=tx.creator_of_agent(row.id),
    )


def _next(schedules: list[ScheduleRow], now: int) -> tuple[int | None, ScheduleRow | None]:
    """The next slot and its schedule; the first schedule when none will fire."""
    slots = [
        (slot, number)
        for number, row in enumerate(schedules)
        if (trigger := readable_trigger(row.definition))
        and (slot := next_slot(row, trigger, now)) is not None
    ]
    if slots:
        slot, number = min(slots)
        return slot, schedules[number]
    return None, schedules[0] if schedules else None


def _state(schedules: list[ScheduleRow]) -> State:
    states = {row.state for row in schedules}
    if not states:
        return "idle"
    return "active" if "active" in states else "paused" if "paused" in states else "finished"


def _outcomes(tx: Tx, agent: str, now: int) -> list[Past]:
    return [
        Past(
            id=run.id,
            state=run.state,
            slot=format_instant(moment_of(run.id)),
            count=run.slots,
            latency_ms=(run.finished_at - run.started_at) / 1000
            if run.started_at is not None and run.finished_at is not None
            else None,
        )
        for run in tx.recent_runs(agent, before=now + 1, limit=OUTCOMES)
    ]


LIST = Operation(do=_list_roster, query=RosterQuery, gives=RosterPage)
