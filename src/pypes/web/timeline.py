"""Timeline: what became of slots, and what is to come, in equal stretches of time."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from pypes.clock import DAY
from pypes.errors import InvalidInput
from pypes.instants import LATEST, format_instant
from pypes.model.action import readable_trigger
from pypes.store.tx import Tx
from pypes.store.watch import moment_of
from pypes.triggers import TimedTrigger
from pypes.web.answers import answer_encoded
from pypes.web.finding import find_agent
from pypes.web.query import Query, moment
from pypes.web.resource import Operation
from pypes.web.services import Services

MOST_ROWS = 2000
"""Rows that are read of one stretch; how many follow is estimated from how close these lie."""
MOST_SCHEDULES = 5_000
"""Schedules whose future is counted, those that fire soonest."""
MOST_TIMINGS = 300
"""Of so many different timings; schedules of equal timing are counted at once."""


class TimelineQuery(Query, frozen=True, kw_only=True):
    """Which stretch of time, and of whom."""

    start: str | None = msgspec.field(default=None, name="from")
    """A moment (a day before now)."""
    to: str | None = None
    """A moment (a day after now)."""
    buckets: Annotated[int, msgspec.Meta(ge=1, le=200)] = 96
    """How many equal stretches there shall be."""
    agent: str | None = None


class Bucket(msgspec.Struct, frozen=True):
    """One stretch of time, from `start` to the next one's."""

    start: str
    slots: dict[str, int]
    """How many slots came to each state; `planned` are those to come."""
    estimated: bool
    """True when not all rows of the stretch were read."""


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """Stretches of time in their order."""

    start: str = msgspec.field(name="from")
    to: str
    now: str
    buckets: list[Bucket]
    complete: bool
    """False when there are so many schedules that not all were asked what is to come."""


class _Plan(NamedTuple):
    """Triggers to come, each standing for all of its timing."""

    triggers: list[tuple[TimedTrigger, int]]
    complete: bool


async def _show_timeline(services: Services, _request: Request, query: TimelineQuery) -> Response:
    """Count slots by what became of them, and those to come, over a stretch of time."""
    now = services.clock.now()
    start = moment(query.start, "from")
    start = now - DAY if start is None else start
    end = moment(query.to, "to")
    end = min(now + DAY, LATEST) if end is None else end
    if end - start < query.buckets:
        raise InvalidInput("the parameter `to` is not after `from`")

    def timeline(tx: Tx) -> bytes:
        return msgspec.json.encode(_read(tx, query, start=start, end=end, now=now))

    return answer_encoded(await services.store.read(timeline))


def _read(tx: Tx, query: TimelineQuery, *, start: int, end: int, now: int) -> Timeline:
    plan = _plan(tx, query.agent, end) if end > now else _Plan([], complete=True)
    edges = [start + (end - start) * number // query.buckets for number in range(query.buckets + 1)]
    return Timeline(
        start=format_instant(start),
        to=format_instant(end),
        now=format_instant(now),
        buckets=[
            _bucket(tx, query.agent, plan, start=edge, end=following, now=now)
            for edge, following in pairwise(edges)
        ],
        complete=plan.complete,
    )


def _bucket(tx: Tx, agent: str | None, plan: _Plan, *, start: int, end: int, now: int) -> Bucket:
    slots: Counter[str] = Counter()
    estimated = False
    if start < now:
        slots, estimated = _past(tx, agent, start, min(end, now))
    if end > now:
        after = max(start, now) - 1
        slots["planned"] += sum(trigger.count(after, end - 1) * many for trigger, many in plan.triggers)
    return Bucket(format_instant(start), {state: count for state, count in slots.items() if count}, estimated)


def _past(tx: Tx, agent: str | None, start: int, end: int) -> tuple[Counter[str], bool]:
    """Count what is recorded; of a crowded stretch only the first rows are read, and scaled up."""
    rows = tx.slots_between(agent, start, end, MOST_ROWS)
    clipped = sum(row.rows for row in rows) == MOST_ROWS
    scale = 1.0
    if clipped:
        first, last = moment_of(min(row.first for row in rows)), moment_of(max(row.last for row in rows))
        scale = (end - first) / max(1, last - first)
    return Counter({row.state: round(row.slots * scale) for row in rows}), clipped


def _plan(tx: Tx, agent: str | None, end: int) -> _Plan:
    """The triggers that may fire, those of equal timing counted once."""
    timings: dict[tuple[object, ...], tuple[TimedTrigger, int]] = {}
    found = list(_triggers(tx, agent, end))
    for trigger in found:
        key = (type(trigger), trigger.timing)
        timings[key] = (trigger, timings.get(key, (trigger, 0))[1] + 1)
    plan = list(timings.values())
    complete = len(found) < MOST_SCHEDULES and len(plan) <= MOST_TIMINGS
    return _Plan(plan[:MOST_TIMINGS], complete)


def _triggers(tx: Tx, agent: str | None, end: int) -> Iterator[TimedTrigger]:
    if agent is None:
        rows = tx.schedules_until(end, MOST_SCHEDULES)
    else:
        rows = [row for row in tx.schedules_of_agent(find_agent(tx, agent).id) if row.state == "active"]
    for row in rows:
        if (trigger := readable_trigger(row.definition)) is not None:
            yield trigger


SHOW = Operation(do=_show_timeline, query=TimelineQuery, gives=Timeline)
