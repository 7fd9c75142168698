"""Checking: what an agent would be told if it were posted; nothing is stored."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from pypes.instants import format_instant
from pypes.model.action import UNRECOGNIZED, Entry, type_of
from pypes.model.agent import parse_agent, warnings_about
from pypes.triggers.timed import Timed
from pypes.web import shapes
from pypes.web.answers import answer
from pypes.web.body import read_body, well_formed_first
from pypes.web.query import Query
from pypes.web.resource import Operation
from pypes.web.schedules import in_words
from pypes.web.services import Services


class Checked(msgspec.Struct, frozen=True):
    """What one action would do."""

    action: int
    type: str
    text: str | None
    """A trigger's times in words."""
    next: str | None
    """Its first slot from now on."""


class Checkup(msgspec.Struct, frozen=True):
    """An agent that would be accepted."""

    actions: list[Checked]
    warnings: list[str]
    """What would be accepted and still not happen."""


async def _check_agent(services: Services, request: Request, _query: Query) -> Response:
    """Check an agent as if it were posted, and store nothing; mistakes are those that a post would make."""
    body = await read_body(request, services.config.max_body)
    now = services.clock.now()
    agent = well_formed_first(lambda raw: parse_agent(raw, now), body)
    checked = [_checked(index, entry, now) for index, entry in enumerate(agent.entries)]
    return answer(Checkup(checked, warnings_about([agent], now)))


def _checked(index: int, entry: Entry, now: int) -> Checked:
    if entry.action is None:
        return Checked(index, UNRECOGNIZED, None, None)
    if not isinstance(entry.action, Timed):
        return Checked(index, type_of(entry.action), None, None)
    slot = entry.action.next_to_run(now)
    following = None if slot is None else format_instant(slot)
    return Checked(index, type_of(entry.action), in_words(entry.action), following)


CHECK = Operation(do=_check_agent, takes=shapes.Agent, gives=Checkup)
