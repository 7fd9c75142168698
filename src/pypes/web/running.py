"""Running: do now what an agent's actions do, one after the other, and tell what came of each."""

import asyncio
import re
import secrets

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from pypes.clock import SECOND
from pypes.errors import Conflict
from pypes.instants import format_instant, parse_duration
from pypes.model.action import UNRECOGNIZED, decode_action, step_of, type_of
from pypes.model.run import run_id
from pypes.steps import Step
from pypes.store.pausing import find_action
from pypes.store.requesting import request_run
from pypes.store.rows import ActionRow, RunRow, ScheduleState
from pypes.store.store import Store
from pypes.store.tx import Tx
from pypes.triggers import TimedTrigger
from pypes.triggers.timed import Overlap, Timed
from pypes.web.answers import answer
from pypes.web.bulk import objection
from pypes.web.finding import find_agent, index_or_id
from pypes.web.query import Query
from pypes.web.resource import Operation, name_in
from pypes.web.schedules import next_slot
from pypes.web.services import Services
from pypes.web.shapes import attempts_of

PATIENCE = 5 * SECOND
"""How long a run may take to begin, beyond the time that its attempt may take."""

_OVER = {"succeeded", "failed", "cancelled", "skipped", "unknown"}
_SECRET = re.compile(r"auth|cookie|token|secret|key|password|signature", re.IGNORECASE)


class RunQuery(Query, frozen=True, kw_only=True):
    """How to run."""

    fire: bool = False
    """Fire what triggers wrap, without moving their cadence."""
    dry: bool = False
    """Render the requests, send nothing."""
    action: str | None = None
    """Only this one: its index, or its `id`."""
    overlap: Overlap = "allow_all"
    """What to do when a run of an action is open already."""


class Rendered(msgspec.Struct, frozen=True):
    """A request that was not sent."""

    method: str
    url: str
    headers: dict[str, str]
    """What looks like a secret is masked."""
    body: str | None


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of one action."""

    action: int
    type: str
    ok: bool | msgspec.UnsetType = msgspec.UNSET
    """Absent for labels, which are no failure."""
    status: int | None = None
    bytes: int | None = None
    clipped: bool = False
    error: str | None = None
    run: str | None = None
    expression: str | None = None
    next: str | msgspec.UnsetType | None = msgspec.UNSET
    """A trigger's next fire; null when there will be none."""
    state: str | None = None
    """`paused` or `finished`, of a trigger that is not active."""
    raw: str | None = None
    dry: bool = False
    request: Rendered | None = None


async def _run_agent(services: Services, request: Request, query: RunQuery) -> Response:
    """Run an agent's actions in their order; triggers tell their next fire."""
    if not query.dry:
        await services.execute()
    name = name_in(request)
    actions = await services.store.read(lambda tx: _chosen(tx, name, query.action))
    return answer([await _outcome(services, name, action, query) for action in actions])


def _chosen(tx: Tx, name: str, action: str | None) -> list[ActionRow]:
    actions = tx.actions_of_agent(find_agent(tx, name).id)
    if action is None:
        return actions
    return [find_action(actions, index_or_id(action))]


async def _outcome(services: Services, agent: str, row: ActionRow, query: RunQuery) -> Outcome:
    now = services.clock.now()
    if row.type == UNRECOGNIZED:
        error = objection(row.definition, now) or "it is not a JSON object"
        return Outcome(action=row.position, type=UNRECOGNIZED, raw=row.definition, error=error)
    action = decode_action(row.definition)
    if query.dry:
        return _rendered(row, step_of(action), now)
    if isinstance(action, Timed) and not query.fire:
        state = await services.store.read(lambda tx: tx.schedule_by_id(row.id))
        return _next_fire(row, action, state, now)
    return await _run_now(services, agent, row, step_of(action), query.overlap)


def _next_fire(row: ActionRow, trigger: TimedTrigger, state: ScheduleState | None, now: int) -> Outcome:
    slot = None if state is None else next_slot(state, trigger, now)
    return Outcome(
        action=row.position,
        type=type_of(trigger),
        ok=True,
        expression=trigger.text,
        next=None if slot is None else format_instant(slot),
        state=None if state is None or state.state == "active" else state.state,
    )


async def _run_now(services: Services, agent: str, row: ActionRow, step: Step, overlap: Overlap) -> Outcome:
    salt, now = secrets.token_hex(8), services.clock.now()
    try:
        run = await services.store.write(
            lambda tx: request_run(tx, row, agent=agent, salt=salt, now=now, overlap=overlap)
        )
    except Conflict as error:
        return Outcome(action=row.position, type=type_of(step), ok=False, error=error.message)
    ended = await _until_over(services.store, run, at_most=parse_duration(step.timeout) + PATIENCE)
    attempts = attempts_of(ended) if ended else []
    last = attempts[-1] if attempts else None
    return Outcome(
        action=row.position,
        type=type_of(step),
        ok=ended is not None and ended.state == "succeeded",
        status=last.status if last else None,
        bytes=last.bytes if last else None,
        clipped=last.clipped if last else False,
        error=_failure(ended),
        run=run,
    )


async def _until_over(store: Store, run: str, *, at_most: int) -> RunRow | None:
    """Wait for a run to end; the run as it stands then, or after `at_most` microseconds."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + at_most / SECOND
    while True:
        # The wait begins before the look, so that no commit falls between the two.
        ring = loop.create_task(store.bell.wait(1.0))
        try:
            row = await store.read(lambda tx: tx.run_by_id(run))
            if row is None or row.state in _OVER or loop.time() >= deadline:
                return row
            await ring
        finally:
            ring.cancel()


def _failure(run: RunRow | None) -> str | None:
    if run is None:
        return "the run is gone: somebody emptied the ledger"
    if run.state == "succeeded":
        return None
    return (run.reason or run.state) if run.state in _OVER else f"it has not ended yet: see run {run.id}"


def _rendered(row: ActionRow, step: Step, now: int) -> Outcome:
    data = step.ready().request(run_id=run_id(now, row.id, "manual"), attempt=1, slot=now, now=now).data
    head, _, body = data.decode(errors="replace").partition("\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
    shown = {name: "***" if _SECRET.search(name) else value for name, value in headers.items()}
    request = Rendered(step.method, step.target, shown, body or None)
    return Outcome(action=row.position, type=type_of(step), ok=True, dry=True, request=request)


RUN = Operation(do=_run_agent, query=RunQuery, gives=list[Outcome])
