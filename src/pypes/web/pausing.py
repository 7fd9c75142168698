"""Pausing: stop timed triggers of an agent, and let them go on."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from pypes.errors import InvalidInput
from pypes.instants import parse_instant
from pypes.store.delegating import check_may_pause
from pypes.store.pausing import pause, resume
from pypes.store.tx import Tx
from pypes.web.answers import answer
from pypes.web.body import read_optional
from pypes.web.by_runs import run_behind
from pypes.web.query import Query
from pypes.web.resource import Operation, name_in
from pypes.web.services import Services


class Resume(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which trigger is to fire again."""

    action: int | str | None = None
    """Its index, or its `id`; all timed triggers of the agent when absent."""


class Pause(Resume, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which trigger is to stop, for how long, and why."""

    until: str | None = None
    note: str | None = None


class Paused(msgspec.Struct, frozen=True):
    """How many triggers were paused."""

    paused: int


class Resumed(msgspec.Struct, frozen=True):
    """How many triggers fire again."""

    resumed: int


async def _pause_agent(services: Services, request: Request, _query: Query) -> Response:
    """Pause one timed trigger of an agent, or all; their slots are recorded as skipped."""
    asked: Pause = await read_optional(request, Pause, services.config.max_body)
    name, now = name_in(request), services.clock.now()
    until = _end_of_pause(asked.until, now)
    run = run_behind(request.scope)

    def paused(tx: Tx) -> int:
        _check_allowed(tx, run, name)
        return pause(tx, name, asked.action, note=asked.note, until=until, now=now)

    return answer(Paused(await services.store.write(paused)))


async def _resume_agent(services: Services, request: Request, _query: Query) -> Response:
    """Let paused triggers of an agent fire again, from their next slot on."""
    asked: Resume = await read_optional(request, Resume, services.config.max_body)
    name, now = name_in(request), services.clock.now()
    run = run_behind(request.scope)

    def resumed(tx: Tx) -> int:
        _check_allowed(tx, run, name)
        return resume(tx, name, asked.action, now=now)

    return answer(Resumed(await services.store.write(resumed)))


def _check_allowed(tx: Tx, run: str | None, name: str) -> None:
    if run is not None:
        check_may_pause(tx, run, name)


def _end_of_pause(text: str | None, now: int) -> int | None:
    if text is None:
        return None
    try:
        until = parse_instant(text)
    except InvalidInput as error:
        raise error.under("$.until") from None
    if until <= now:
        raise InvalidInput(f"`{text}` is past: a pause ends in the future", "$.until")
    return until


PAUSE = Operation(do=_pause_agent, takes=Pause, optional=True, gives=Paused)
RESUME = Operation(do=_resume_agent, takes=Resume, optional=True, gives=Resumed)
