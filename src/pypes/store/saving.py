"""How an agent is saved: what is unchanged keeps its schedule, what is gone ends, what is new starts now."""

import secrets

import msgspec

from pypes.clock import DAY
from pypes.model.action import ON_FAILURE, Entry, type_of
from pypes.model.agent import Agent
from pypes.model.options import Options
from pypes.store.rows import ActionRow
from pypes.store.scheduling import end_schedule, rewrite_schedule, start_schedule
from pypes.store.tx import Tx
from pypes.triggers.timed import Timed

REMEMBERED = 7 * DAY
"""So long those who watch can be told that an agent was removed."""


def save_agents(tx: Tx, agents: list[Agent], now: int) -> int:
    """Create or replace agents; the number saved. Applying the same definition twice changes no schedule."""
    for number, agent in enumerate(agents):
        save_agent(tx, agent, now=now, number=number)
    return len(agents)


def save_agent(tx: Tx, agent: Agent, *, now: int, number: int = 0, created_by: str | None = None) -> None:
    """Create or replace one agent; `number` tells apart those that are created at one moment.

    It is a person's from now on, unless `created_by` names the agent whose run has asked for it.
    """
    tx.definitions_changed = True
    options = msgspec.json.encode(agent.options).decode()
    row = tx.agent_to_change(agent.name)
    agent_id = row.id if row else f"{now:014x}{number:06x}{secrets.token_hex(2)}"
    if row is None:
        tx.insert_agent(agent_id, agent.name, options, created_by=created_by, now=now)
        tx.add_to_count("agents", 1)
    else:
        tx.update_agent(agent_id, options, created_by=created_by, now=now)
    before = {action.id: action for action in tx.actions_of_agent(agent_id)} if row else {}
    for position, entry in enumerate(agent.entries):
        action = ActionRow(agent_id, agent_id + entry.identity, position, entry.type, entry.text)
        _save_entry(tx, entry, action, before.pop(action.id, None), agent=agent.name, now=now)
    for gone in before.values():
        _end_action(tx, gone, agent=agent.name, now=now)
    _save_hook(tx, agent_id, agent.options, now)
    if agent.inputs is not None:
        if row is not None:
            tx.delete_inputs(agent_id)
        append_inputs(tx, agent_id, list(agent.inputs), now)


def delete_agent(tx: Tx, name: str, now: int) -> bool:
    """Remove an agent with its inputs and schedules, and what its runs created; its ledger stays.

    False when there is none.
    """
    row = tx.agent_to_change(name)
    if row is None:
        return False
    tx.definitions_changed = True
    for created in tx.agents_created_by(row.id):
        delete_agent(tx, created.name, now)
    for action in tx.actions_of_agent(row.id):
        _end_action(tx, action, agent=name, now=now)
    _save_hook(tx, row.id, Options(), now)
    tx.delete_inputs(row.id)
    tx.delete_state(row.id)
    tx.delete_answers(row.id)
    tx.delete_agent(row.id)
    tx.depart(name, now, forget_before=now - REMEMBERED)
    tx.add_to_count("agents", -1)
    return True


def append_inputs(tx: Tx, agent_id: str, inputs: list[str], now: int) -> list[str]:
    """Append inputs in order, and nothing else; their ids sort by arrival, whoever appends at that moment."""
    salt = secrets.token_hex(3)
    ids = [f"{now:014x}{number:06x}{salt}" for number in range(len(inputs))]
    if inputs:
        tx.touched_agents.add(agent_id)
    tx.insert_inputs(agent_id, zip(ids, inputs, strict=True))
    return ids


def _save_entry(
    tx: Tx, entry: Entry, action: ActionRow, before: ActionRow | None, *, agent: str, now: int
) -> None:
    if before == action:
        return
    tx.save_action(action)
    schedule = tx.schedule_to_change(action.id) if before else None
    if not isinstance(entry.action, Timed):
        if before is not None and schedule is not None:
            end_schedule(tx, before, agent=agent, now=now)
    elif schedule is None or before is None:
        start_schedule(tx, action, entry.action, agent=agent, now=now)
    elif before.definition != action.definition:
        rewrite_schedule(tx, action, before, schedule, agent=agent, now=now)


def _save_hook(tx: Tx, agent_id: str, options: Options, now: int) -> None:
    """Keep `on_failure` as a hidden action, so that alerts are runs like any others."""
    if options.on_failure is None:
        tx.end_action(agent_id + ON_FAILURE, now)
        return
    definition = msgspec.json.encode(options.on_failure).decode()
    tx.save_action(ActionRow(agent_id, agent_id + ON_FAILURE, -1, type_of(options.on_failure), definition))


def _end_action(tx: Tx, action: ActionRow, *, agent: str, now: int) -> None:
    end_schedule(tx, action, agent=agent, now=now)
    tx.end_action(action.id, now)
