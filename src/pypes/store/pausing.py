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
    return sum(
        pause_schedule(tx, row.id, note=note, until=until, now=now)
        for row in _timed_actions(tx, agent, action)
    )


def pause_schedule(tx: Tx, action_id: str, *, note: str | None, until: int | None, now: int) -> int:
    """Pause one schedule: what it has not sent yet is not sent; 0 when there is nothing to pause."""
    schedule = tx.schedule_by_id(action_id)
    if schedule is None or schedule.state == "finished":
        return 0
    look_at = None if schedule.slot is None else look_while_paused(schedule.slot, until, now)
    tx.pause_schedule(action_id, note=note, until=until, look_at=look_at)
    tx.add_to_count("schedules", -1 if schedule.state == "active" else 0)
    tx.revoked += tx.revoke_claimed(action_id, "paused", now)
    tx.revoke_waiting(action_id, "paused", now)
    tx.wake(look_at)
    return 1


def look_while_paused(slot: int, until: int | None, now: int) -> int:
    """When to record what a paused schedule skips: seldom, but when its pause ends at the latest."""
    look_at = max(slot, now + PAUSED_LOOK)
    return look_at if until is None else min(look_at, until)


def resume(tx: Tx, agent: str, action: int | str | None, *, now: int) -> int:
    """Let paused triggers of an agent fire again; how many did. Slots until now are recorded as skipped."""
    return sum(_resume(tx, row, agent=agent, now=now) for row in _timed_actions(tx, agent, action))


def _resume(tx: Tx, row: ActionRow, *, agent: str, now: int) -> int:
    schedule = tx.schedule_by_id(row.id)
    if schedule is None or schedule.state != "paused":
        return 0
    slot, trigger = schedule.slot, decode_trigger(row.definition)
    if slot is not None:
        decision = skip_slots(trigger, slot, until=now, reason="paused")
        for skip in decision.skips:
            record_skip(tx, skip, action=row, agent=agent, now=now, continues=schedule.skip_run)
        slot = decision.slot
        if slot is None:
            tx.finish_schedule(row.id)
            return 1
    next_at = None if slot is None else trigger.effective(slot, row.id)
    tx.resume_schedule(row.id, slot=slot, next_at=next_at)
    tx.count_failure(row.id, failed=False)
    tx.add_to_count("schedules", 1)
    tx.wake(None if next_at is None else next_at - LOOK_AHEAD)
    return 1


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
