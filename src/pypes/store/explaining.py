"""Why: whether a moment was a slot of an agent's triggers, what became of it, or which rule said no."""

from typing import NamedTuple

from pypes.errors import NotFound
from pypes.instants import format_instant
from pypes.model.action import TRIGGER_TYPES, decode_trigger
from pypes.model.run import run_id
from pypes.store.pausing import find_action
from pypes.store.rows import ActionRow
from pypes.store.run_rows import RunRow
from pypes.store.tx import Tx
from pypes.triggers import TimedTrigger

MILLISECOND = 1000


class Explanation(NamedTuple):
    """What is known about one moment of one trigger."""

    action: ActionRow
    is_slot: bool
    sentence: str
    run: RunRow | None


def explain(tx: Tx, agent: str, action: int | str | None, *, at: int, now: int) -> list[Explanation]:
    """Explain a moment (microseconds UTC) for one timed trigger of an agent, or for all."""
    row = tx.agent_by_name(agent)
    if row is None:
        raise NotFound(f"there is no agent `{agent}`")
    actions = tx.actions_of_agent(row.id)
    chosen = actions if action is None else [find_action(actions, action)]
    return [
        _explain(tx, agent, each, at=at, now=now, since=row.created_at)
        for each in chosen
        if each.type in TRIGGER_TYPES
    ]


def _explain(tx: Tx, agent: str, action: ActionRow, *, at: int, now: int, since: int) -> Explanation:
    trigger = decode_trigger(action.definition)
    # Inputs arrive at microseconds; people name milliseconds.
    until = at if trigger.has_slots else at + MILLISECOND - 1
    run = tx.row_covering(agent, action.id, at, until=until)
    if run is not None:
        return Explanation(action, is_slot=True, sentence=_what_happened(run, now), run=run)
    objection = trigger.why_not(at)
    if objection is not None:
        return Explanation(action, is_slot=False, sentence=f"not a slot: {objection}", run=None)
    sentence = _no_row(tx, action, at=at, now=now, since=since)
    backfilled = tx.run_by_id(run_id(at, action.id, "backfill"))
    if backfilled is not None:
        sentence += f"; its backfill {_what_happened(backfilled, now)}"
    return Explanation(action, is_slot=True, sentence=sentence, run=backfilled)


def _what_happened(run: RunRow, now: int) -> str:
    is_ahead = run.state == "running" and run.due_at is not None and run.due_at > now
    if is_ahead:
        return "claimed, and about to run"
    reason = f": {run.reason}" if run.reason else ""
    together = f", together with {run.slots - 1} other slot(s)" if run.slots > 1 else ""
    started = f", started {format_instant(run.started_at)}" if run.started_at is not None else ""
    return f"{run.state}{reason}{together}{started}"


def _no_row(tx: Tx, action: ActionRow, *, at: int, now: int, since: int) -> str:
    schedule = tx.schedule_by_id(action.id)
    if at > now:
        state = schedule.state if schedule else "finished"
        return _what_will_happen(state, decode_trigger(action.definition), at)
    if at < since:
        return "a slot, but before the agent was created"
    if schedule is not None and schedule.slot is not None and at >= schedule.slot:
        return _undecided(schedule.state)
    return "a slot, but no row covers it: the action is younger, or its row was pruned"


def _undecided(state: str) -> str:
    if state == "paused":
        return "a slot of a pause: it is skipped, and the ledger says so when the pause ends or before"
    return "a slot that is not decided yet: no daemon has looked at it"


def _what_will_happen(state: str, trigger: TimedTrigger, at: int) -> str:
    if trigger.excludes(at):
        return "a slot ahead, excluded by `exclude`"
    if state != "active":
        return f"a slot ahead, but the schedule is {state}"
    return "a slot ahead: it will run"
