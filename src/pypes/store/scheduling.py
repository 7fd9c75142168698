"""The life of one schedule: it starts, is rewritten, paused, resumed, and ends with its action.

Whatever happens to it, the slots that are past and undecided are recorded first, and what was claimed but
not yet sent is given back or skipped.
"""

from pypes.model.action import decode_trigger, readable_trigger
from pypes.model.run import run_id
from pypes.model.schedule import LOOK_AHEAD, PAUSED_LOOK, Skip, skip_slots
from pypes.store.gathering import end_flow
from pypes.store.ledger import call_next, record_skip
from pypes.store.rows import ActionRow, ScheduleState
from pypes.store.tx import Tx
from pypes.triggers import TimedTrigger
from pypes.triggers.at import At


def start_schedule(tx: Tx, action: ActionRow, trigger: TimedTrigger, *, agent: str, now: int) -> None:
    """A new timed trigger starts from now; an `at` that was missed before it was saved is finished."""
    missed = trigger.missed_when_saved(now) if isinstance(trigger, At) else None
    if missed is not None:
        record_skip(tx, Skip(missed, missed, 1, "missed"), action=action, agent=agent, now=now)
    slot, next_at, remaining = _first(tx, trigger, action.id, now, trigger.remaining)
    is_active = slot is not None or not trigger.has_slots
    tx.insert_schedule(
        action.id,
        action.agent_id,
        slot=slot,
        next_at=next_at,
        state="active" if is_active else "finished",
        overlaps=trigger.overlap == "allow_all",
        remaining=remaining,
    )
    tx.add_to_count("schedules", int(is_active))
    _wake_ahead(tx, next_at)


def rewrite_schedule(
    tx: Tx, action: ActionRow, before: ActionRow, schedule: ScheduleState, *, agent: str, now: int
) -> None:
    """An action has new words under its id: with the same timing it keeps its next slot and its count."""
    old, new = readable_trigger(before.definition), decode_trigger(action.definition)
    remaining = schedule.remaining if old and old.remaining == new.remaining else new.remaining
    if old is not None and old.timing == new.timing:
        tx.revoked += tx.unclaim_runs(action.id, now)
        slot = schedule.slot
        next_at = None if slot is None else new.effective(slot, action.id)
        tx.wake(now)
    else:
        _account_past(tx, before, schedule, agent=agent, now=now)
        skipped = _revoke(tx, action.id, "replaced", now)
        if remaining is not None and remaining == schedule.remaining:
            remaining += skipped
        if before.type == "on_input":
            end_flow(tx, before, agent=agent, now=now)
        slot, next_at, remaining = _first(tx, new, action.id, now, remaining)
    overlaps = new.overlap == "allow_all"
    tx.retime_schedule(action.id, slot=slot, next_at=next_at, overlaps=overlaps, remaining=remaining)
    tx.add_to_count("schedules", int(schedule.state == "finished" and slot is not None))
    if slot is None and schedule.slot is not None and new.has_slots:
        tx.finish_schedule(action.id)
        tx.add_to_count("schedules", -int(schedule.state == "active"))
    _wake_ahead(tx, next_at)


def end_schedule(tx: Tx, action: ActionRow, *, agent: str, now: int) -> None:
    """A trigger left its agent: what it has not yet sent is not sent."""
    schedule = tx.schedule_to_change(action.id)
    if schedule is not None:
        _account_past(tx, action, schedule, agent=agent, now=now)
        tx.delete_schedule(action.id)
        tx.add_to_count("schedules", -int(schedule.state == "active"))
    if action.type == "on_input":
        end_flow(tx, action, agent=agent, now=now)
    _revoke(tx, action.id, "replaced", now)


def pause_schedule(
    tx: Tx, action_id: str, definition: str, *, note: str | None, until: int | None, now: int
) -> int:
    """Stop a schedule: what it has not sent yet is not sent. 0 when it is finished."""
    schedule = tx.schedule_to_change(action_id)
    if schedule is None:
        return 0
    skipped = _revoke(tx, action_id, "paused", now)
    if skipped and schedule.remaining is not None:
        schedule = _give_back(tx, schedule, definition, skipped, now)
    if schedule.state == "finished":
        return 0
    look_at = None if schedule.slot is None else look_while_paused(schedule.slot, until, now)
    tx.pause_schedule(action_id, note=note, until=until, look_at=look_at)
    tx.touch_agent_of(action_id, now)
    tx.add_to_count("schedules", -int(schedule.state == "active"))
    tx.wake(look_at)
    return 1


def resume_schedule(tx: Tx, action: ActionRow, *, agent: str, now: int) -> int:
    """Let a paused schedule fire again; 0 when it is not paused.

    Slots of the pause are recorded as skipped; those after a pause that had ended by itself are decided
    like any others.
    """
    schedule = tx.schedule_to_change(action.id)
    if schedule is None or schedule.state != "paused":
        return 0
    tx.touch_agent_of(action.id, now)
    trigger = decode_trigger(action.definition)
    slot, next_at, skip_run, remaining = schedule.slot, None, schedule.skip_run, schedule.remaining
    if slot is not None:
        until = now if schedule.until is None else min(now, schedule.until)
        decision = skip_slots(trigger, slot, until=until, reason="paused")
        for skip in decision.skips:
            skip_run = record_skip(tx, skip, action=action, agent=agent, now=now, continues=skip_run)
        slot = decision.slot if decision.slot is None or decision.slot < now else None
        if slot is not None:
            next_at = trigger.effective(slot, action.id)
        else:
            slot, next_at, remaining = _first(tx, trigger, action.id, now, remaining)
        if slot is None and trigger.has_slots:
            tx.finish_schedule(action.id)
            return 1
    tx.resume_schedule(action.id, slot=slot, next_at=next_at, skip_run=skip_run, remaining=remaining)
    tx.count_failure(action.id, failed=False)
    tx.add_to_count("schedules", 1)
    _wake_ahead(tx, next_at)
    return 1


def look_while_paused(slot: int, until: int | None, now: int) -> int:
    """When to record what a paused schedule skips: seldom, but when its pause ends at the latest."""
    look_at = max(slot, now + PAUSED_LOOK)
    return look_at if until is None else min(look_at, until)


def _first(
    tx: Tx, trigger: TimedTrigger, action_id: str, now: int, remaining: int | None
) -> tuple[int | None, int | None, int | None]:
    """A trigger's first slot from now on that has no run yet, when it really runs, and how many remain.

    A slot whose run was claimed and then skipped, because its trigger was paused or replaced a moment ago,
    has its run back: an edit right before a slot does not cost that slot.
    """
    slot = trigger.first_slot(now)
    while slot and remaining != 0 and tx.restore_revoked(run_id(slot, action_id, "timed"), now):
        remaining = None if remaining is None else remaining - 1
        tx.wake(now)
        slot = trigger.next_after(slot)
    if slot is None or remaining == 0:
        return None, None, remaining
    return slot, trigger.effective(slot, action_id), remaining


def _wake_ahead(tx: Tx, next_at: int | None) -> None:
    tx.look(None if next_at is None else next_at - LOOK_AHEAD)


def _revoke(tx: Tx, action_id: str, reason: str, now: int) -> int:
    """Skip what is claimed but not yet due, and what waits; how many slots do not fire because of that.

    A run by hand stays; the one that it waited for in line may be among those that are skipped.
    """
    revoked = tx.revoke_claimed(action_id, reason, now)
    tx.revoked += revoked
    waited = tx.revoke_waiting(action_id, reason, now)
    if revoked or waited:
        call_next(tx, action_id, now)
    unfired = sum(state == "skipped" and trigger != "backfill" for state, trigger in waited)
    return len(revoked) + unfired


def _give_back(tx: Tx, schedule: ScheduleState, definition: str, runs: int, now: int) -> ScheduleState:
    """Runs that never fired do not count against `remaining`; a schedule that was finished by them is not."""
    remaining = (schedule.remaining or 0) + runs
    slot = schedule.slot
    if schedule.state == "finished":
        slot = decode_trigger(definition).next_after(now)
    trigger = decode_trigger(definition)
    tx.retime_schedule(
        schedule.id,
        slot=slot,
        next_at=None if slot is None else trigger.effective(slot, schedule.id),
        overlaps=trigger.overlap == "allow_all",
        remaining=remaining,
    )
    reopened = schedule.state == "finished" and slot is not None
    tx.add_to_count("schedules", int(reopened))
    state = "active" if reopened else schedule.state
    return schedule._replace(slot=slot, remaining=remaining, state=state)


def _account_past(tx: Tx, action: ActionRow, schedule: ScheduleState, *, agent: str, now: int) -> None:
    """Record the slots that are past and undecided, before the words that name them are gone."""
    trigger = readable_trigger(action.definition)
    if trigger is None or schedule.slot is None or schedule.slot > now:
        return
    for skip in skip_slots(trigger, schedule.slot, until=now, reason="replaced").skips:
        record_skip(tx, skip, action=action, agent=agent, now=now)
