"""How an agent is saved: what is unchanged keeps its schedule, what is gone ends, what is new starts now."""

import secrets

import msgspec

from pypes.model.action import Entry, decode_trigger
from pypes.model.agent import Agent
from pypes.model.schedule import LOOK_AHEAD, Skip, skip_slots
from pypes.store.ledger import record_skip
from pypes.store.rows import ActionRow, ScheduleState
from pypes.store.tx import Tx
from pypes.triggers import TimedTrigger
from pypes.triggers.at import At
from pypes.triggers.timed import Timed


def save_agents(tx: Tx, agents: list[Agent], now: int) -> int:
    """Create or replace agents; the number saved. Applying the same definition twice changes no schedule."""
    for number, agent in enumerate(agents):
        save_agent(tx, agent, now=now, number=number)
    return len(agents)


def save_agent(tx: Tx, agent: Agent, *, now: int, number: int = 0) -> None:
    """Create or replace one agent; `number` tells apart those that are created at one moment."""
    tx.definitions_changed = True
    options = msgspec.json.encode(agent.options).decode()
    row = tx.agent_by_name(agent.name)
    agent_id = row.id if row else f"{now:014x}{number:06x}{secrets.token_hex(2)}"
    if row is None:
        tx.insert_agent(agent_id, agent.name, options, now)
        tx.add_to_count("agents", 1)
    else:
        tx.update_agent(agent_id, options, now)
    before = {action.id: action for action in tx.actions_of_agent(agent_id)} if row else {}
    for position, entry in enumerate(agent.entries):
        action = ActionRow(agent_id, agent_id + entry.identity, position, entry.type, entry.text)
        _save_entry(tx, entry, action, before.pop(action.id, None), agent=agent.name, now=now)
    for gone in before.values():
        end_action(tx, gone, agent=agent.name, now=now)
    if agent.inputs is not None:
        if row is not None:
            tx.delete_inputs(agent_id)
        append_inputs(tx, agent_id, list(agent.inputs), now)


def delete_agent(tx: Tx, name: str, now: int) -> bool:
    """Remove an agent with its inputs and schedules; its ledger stays. False when there is none."""
    row = tx.agent_by_name(name)
    if row is None:
        return False
    tx.definitions_changed = True
    for action in tx.actions_of_agent(row.id):
        end_action(tx, action, agent=name, now=now)
    tx.delete_inputs(row.id)
    tx.delete_agent(row.id)
    tx.add_to_count("agents", -1)
    return True


def append_inputs(tx: Tx, agent_id: str, inputs: list[str], now: int) -> int:
    """Append inputs in order; their ids sort by arrival, whoever else appends at the same moment."""
    salt = secrets.token_hex(3)
    rows = ((f"{now:014x}{number:06x}{salt}", value) for number, value in enumerate(inputs))
    if inputs:
        tx.touched_agents.add(agent_id)
    return tx.insert_inputs(agent_id, rows)


def end_action(tx: Tx, action: ActionRow, *, agent: str, now: int) -> None:
    """Take an action from its agent: its schedule goes, and what it has not yet sent is not sent."""
    schedule = tx.schedule_by_id(action.id)
    if schedule is not None:
        _account_past(tx, action, schedule, agent=agent, now=now)
        tx.delete_schedule(action.id)
        tx.add_to_count("schedules", -1 if schedule.state == "active" else 0)
    tx.revoked += tx.revoke_claimed(action.id, "replaced", now)
    tx.revoke_waiting(action.id, "replaced", now)
    tx.end_action(action.id, now)


def _save_entry(
    tx: Tx, entry: Entry, action: ActionRow, before: ActionRow | None, *, agent: str, now: int
) -> None:
    if before == action:
        return
    tx.save_action(action)
    trigger = entry.action if isinstance(entry.action, Timed) else None
    schedule = tx.schedule_by_id(action.id) if before else None
    if trigger is None:
        if schedule is not None and before is not None:
            end_action(tx, before, agent=agent, now=now)
            tx.save_action(action)
    elif schedule is None:
        _start_schedule(tx, action, trigger, agent=agent, now=now)
    elif before is not None and before.definition != action.definition:
        _rewrite_schedule(tx, action, before, schedule, trigger, agent=agent, now=now)


def _start_schedule(tx: Tx, action: ActionRow, trigger: TimedTrigger, *, agent: str, now: int) -> None:
    slot = trigger.first_slot(now)
    missed = trigger.missed_when_saved(now) if isinstance(trigger, At) else None
    if missed is not None:
        record_skip(tx, Skip(missed, missed, 1, "missed"), action=action, agent=agent, now=now)
    next_at = None if slot is None else trigger.effective(slot, action.id)
    tx.insert_schedule(
        action.id,
        action.agent_id,
        slot=slot,
        next_at=next_at,
        state="finished" if missed is not None else "active",
        remaining=trigger.remaining,
    )
    tx.add_to_count("schedules", 0 if missed is not None else 1)
    tx.wake(None if next_at is None else next_at - LOOK_AHEAD)


def _rewrite_schedule(
    tx: Tx,
    action: ActionRow,
    before: ActionRow,
    schedule: ScheduleState,
    trigger: TimedTrigger,
    *,
    agent: str,
    now: int,
) -> None:
    """An action has new words under its id: with the same timing it keeps its next slot."""
    if decode_trigger(before.definition).timing == trigger.timing:
        tx.revoked += tx.unclaim_runs(action.id, now)
        tx.wake(now)
        return
    _account_past(tx, before, schedule, agent=agent, now=now)
    tx.revoked += tx.revoke_claimed(action.id, "replaced", now)
    slot = trigger.first_slot(now)
    if slot is None:
        tx.finish_schedule(action.id)
        tx.add_to_count("schedules", -1 if schedule.state == "active" else 0)
        return
    next_at = trigger.effective(slot, action.id)
    tx.retime_schedule(action.id, slot=slot, next_at=next_at, remaining=trigger.remaining)
    tx.add_to_count("schedules", 1 if schedule.state == "finished" else 0)
    tx.wake(next_at - LOOK_AHEAD)


def _account_past(tx: Tx, action: ActionRow, schedule: ScheduleState, *, agent: str, now: int) -> None:
    """Record the slots that are past and undecided, before the words that name them are gone."""
    if schedule.slot is None or schedule.slot > now:
        return
    trigger = decode_trigger(action.definition)
    for skip in skip_slots(trigger, schedule.slot, until=now, reason="replaced").skips:
        record_skip(tx, skip, action=action, agent=agent, now=now)
