"""How timed triggers are paused and resumed; the slots in between are recorded as skipped."""

from pypes.errors import InvalidInput, NotFound
from pypes.model.action import decode_action, decode_trigger
from pypes.model.schedule import LOOK_AHEAD, PAUSED_LOOK, skip_slots
from pypes.store.ledger import record_skip
from pypes.store.rows import ActionRow
from pypes.store.tx import Tx
from pypes.triggers.timed import Timed


def pause(
    tx: Tx, agent: str, action: int | str | None, *, note: str | None, until: int | None, now: int
) -> int:
    """Pause one timed trigger of an agent, or all; how many are paused now. Finished ones stay finished."""
    paused = 0
    for row in _timed_actions(tx, agent, action):
        schedule = tx.schedule_by_id(row.id)
        if schedule is None or schedule.slot is None:
            continue
        look_at = min(max(schedule.slot, now + PAUSED_LOOK), until or now + PAUSED_LOOK)
        paused += tx.pause_schedule(row.id, note=note, until=until, look_at=look_at)
        tx.add_to_count("schedules", -1 if schedule.state == "active" else 0)
        tx.revoked += tx.revoke_claimed(row.id, "paused", now)
        tx.revoke_waiting(row.id, "paused", now)
        tx.wake(look_at)
    return paused


def resume(tx: Tx, agent: str, action: int | str | None, *, now: int) -> int:
    """Let paused triggers of an agent fire again; how many did. Slots until now are recorded as skipped."""
    resumed = 0
    for row in _timed_actions(tx, agent, action):
        schedule = tx.schedule_by_id(row.id)
        if schedule is None or schedule.state != "paused" or schedule.slot is None:
            continue
        decision = skip_slots(decode_trigger(row.definition), schedule.slot, until=now, reason="paused")
        for skip in decision.skips:
            record_skip(tx, skip, action=row, agent=agent, now=now, continues=schedule.skip_run)
        resumed += 1
        if decision.slot is None:
            tx.finish_schedule(row.id)
            continue
        tx.resume_schedule(row.id, decision.slot)
        tx.add_to_count("schedules", 1)
        tx.wake(decision.slot - LOOK_AHEAD)
    return resumed


def find_action(actions: list[ActionRow], action: int | str) -> ActionRow:
    """The action at an index, or with an `id`; raise `NotFound` if there is none."""
    for row in actions:
        if row.position == action or (isinstance(action, str) and _id_of(row) == action):
            return row
    raise NotFound(f"the agent has no action `{action}`: name its index, or its id")


def _timed_actions(tx: Tx, agent: str, action: int | str | None) -> list[ActionRow]:
    row = tx.agent_by_name(agent)
    if row is None:
        raise NotFound(f"there is no agent `{agent}`")
    actions = tx.actions_of_agent(row.id)
    if action is None:
        return [each for each in actions if _is_timed(each)]
    chosen = find_action(actions, action)
    if not _is_timed(chosen):
        raise InvalidInput(
            f"action {action} is a {chosen.type}: only timed triggers can be paused", "$.action"
        )
    return [chosen]


def _is_timed(row: ActionRow) -> bool:
    return row.type != "unrecognized" and isinstance(decode_action(row.definition), Timed)


def _id_of(row: ActionRow) -> str | None:
    return None if row.type == "unrecognized" else decode_action(row.definition).id
