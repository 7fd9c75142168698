"""Running: do now what an agent's actions do, one after the other, and tell what came of each."""

import asyncio
import secrets

from starlette.requests import Request
from starlette.responses import Response

from pypes.clock import SECOND
from pypes.errors import Conflict, Unavailable
from pypes.instants import format_instant
from pypes.model.action import UNRECOGNIZED, decode_action, step_of, type_of
from pypes.model.stepping import summary_of
from pypes.steps import Step
from pypes.steps.webhook import Webhook
from pypes.store.pausing import find_action
from pypes.store.requesting import request_run
from pypes.store.rows import ActionRow, ScheduleState
from pypes.store.run_rows import RunRow
from pypes.store.tx import Tx
from pypes.triggers import TimedTrigger
from pypes.triggers.timed import Overlap, Timed
from pypes.web.answers import answer
from pypes.web.bulk import objection
from pypes.web.finding import find_agent, index_or_id
from pypes.web.outcome import Outcome, render_dry
from pypes.web.query import Query
from pypes.web.rehearsing import rehearse
from pypes.web.resource import Operation, name_in
from pypes.web.schedules import next_slot
from pypes.web.services import Services
from pypes.web.shapes import attempts_of

PATIENCE = 5 * SECOND
"""How long a run may take to begin, beyond the time that its attempt may take."""

_OVER = {"succeeded", "failed", "cancelled", "skipped", "unknown"}


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
        return await _dry(services, agent, row, step_of(action), now)
    if isinstance(action, Timed) and not query.fire:
        state = await services.store.read(lambda tx: tx.schedule_by_id(row.id))
        return _next_fire(row, action, state, now)
    return await _run_now(services, agent, row, step_of(action), query.overlap)


async def _dry(services: Services, agent: str, row: ActionRow, step: Step, now: int) -> Outcome:
    if isinstance(step, Webhook):
        return await render_dry(services, agent, row, step, now)
    return await rehearse(services, agent, row, type_of(step), now)


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
    ended = await _until_over(services, run, at_most=step.longest + PATIENCE)
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
        summary=None if ended is None or isinstance(step, Webhook) else _summary(row, ended),
        run=run,
    )


async def _until_over(services: Services, run: str, *, at_most: int) -> RunRow | None:
    """Wait for a run to end; the run as it stands then, or after `at_most` microseconds.

    Raises `Unavailable` when the daemon stops: it lets the run end, but answers nobody any more then.
    """
    loop, store = asyncio.get_running_loop(), services.store
    deadline = loop.time() + at_most / SECOND
    while True:
        # The wait begins before the look, so that no commit falls between the two.
        ring = loop.create_task(store.bell.wait(1.0))
        try:
            row = await store.read(lambda tx: tx.run_by_id(run))
            if row is None or row.state in _OVER or loop.time() >= deadline:
                return row
            if services.stopping.is_set():
                raise Unavailable(f"pypes is stopping: `pypes runs {run}` tells what becomes of this run")
            await ring
        finally:
            ring.cancel()


def _summary(action: ActionRow, run: RunRow) -> str:
    return summary_of(run.attempts, definition=action.definition, is_silent=run.reason == "silent")


def _failure(run: RunRow | None) -> str | None:
    if run is None:
        return "the run is gone: somebody emptied the ledger"
    if run.state == "succeeded":
        return None
    return (run.reason or run.state) if run.state in _OVER else f"it has not ended yet: see run {run.id}"


RUN = Operation(do=_run_agent, query=RunQuery, gives=list[Outcome])
