"""Explaining: whether a moment was a slot of an agent's triggers, and what became of it."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from pypes.errors import InvalidInput
from pypes.instants import format_instant
from pypes.model.action import decode_trigger
from pypes.store.explaining import Explanation, explain
from pypes.web.answers import answer
from pypes.web.finding import index_or_id
from pypes.web.query import Query, moment
from pypes.web.resource import Operation, name_in
from pypes.web.services import Services
from pypes.web.shapes import Run, run_shape


class WhyQuery(Query, frozen=True, kw_only=True):
    """Which moment."""

    at: str | None = None
    """The moment to explain."""
    action: str | None = None
    """The trigger's index, or its `id`; all of the agent's when left out."""


class Why(msgspec.Struct, frozen=True):
    """What is known about one moment of one trigger."""

    action: int
    type: str
    expression: str
    at: str
    slot: bool
    """Whether the moment is a slot of the trigger."""
    sentence: str
    """What became of it, what will, or which rule said no."""
    run: Run | None
    """The row of the ledger that covers it."""


class Whys(msgspec.Struct, frozen=True):
    """One explanation per timed trigger."""

    items: list[Why]


async def _explain_moment(services: Services, request: Request, query: WhyQuery) -> Response:
    """Explain a moment: what ran, what was skipped and why, or why it is no slot."""
    at = moment(query.at, "at")
    if at is None:
        raise InvalidInput("the parameter `at` is missing: which moment?")
    name, now = name_in(request), services.clock.now()
    action = None if query.action is None else index_or_id(query.action)
    found = await services.store.read(lambda tx: explain(tx, name, action, at=at, now=now))
    return answer(Whys([_why(each, at, now) for each in found]))


def _why(found: Explanation, at: int, now: int) -> Why:
    return Why(
        action=found.action.position,
        type=found.action.type,
        expression=decode_trigger(found.action.definition).text,
        at=format_instant(at),
        slot=found.is_slot,
        sentence=found.sentence,
        run=None if found.run is None else run_shape(found.run, now),
    )


EXPLAIN = Operation(do=_explain_moment, query=WhyQuery, gives=Whys)
