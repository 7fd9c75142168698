"""Claim: due slots become runs that this daemon holds, and schedules move on, in one transaction."""

from typing import Any, NamedTuple

from pypes.errors import PypesError
from pypes.model.action import decode_action, decode_trigger, type_of
from pypes.model.run import Claimed
from pypes.model.schedule import LOOK_AHEAD, PAUSED_LOOK, Birth, Decision, decide, skip_slots
from pypes.store.ledger import birth_row, call_next, record_skip
from pypes.store.rows import ActionRow, DueRun, DueSchedule
from pypes.store.scheduling import look_while_paused
from pypes.store.tx import Tx
from pypes.triggers import TimedTrigger
from pypes.triggers.timed import Timed


class Claim(NamedTuple):
    """What one claim brought."""

    runs: list[Claimed]
    next_wake: int | None
    """When there is something to claim next; in the past when more is due than was taken."""
    finished: list[DueSchedule]
    broken: list[tuple[DueSchedule, Exception]]
    """Schedules whose decision failed: a bug; they are paused, so that they stop nobody."""


def claim(tx: Tx, *, now: int, owner: str, limit: int, timed: bool = True, since: str = "") -> Claim:
    """Decide at most `limit` schedules (none unless `timed`) and take waiting runs, all for `owner`.

    `since` leaves alone the waiting runs that were born before it, an id.

    Waiting runs get a quarter of the batch, or what the schedules leave of it: neither starves the other.
    """
    claimed = Claim([], None, [], [])
    for due in tx.due_schedules(now, limit) if timed else ():
        try:
            _claim_schedule(tx, due, claimed, now=now, owner=owner)
        except (ArithmeticError, LookupError, PypesError, TypeError, ValueError) as error:
            _set_aside(tx, due, error, now)
            claimed.broken.append((due, error))
    room = max(limit // 4, limit - len(claimed.runs), 1)
    claimed.runs.extend(_claim_waiting(tx, now=now, owner=owner, since=since, limit=room))
    tx.say_claimed(run.id for run in claimed.runs)
    next_look = tx.next_look() if timed else None
    return claimed._replace(next_wake=_earliest(next_look, _ahead(tx.next_due(since))))


def _claim_schedule(tx: Tx, due: DueSchedule, claimed: Claim, *, now: int, owner: str) -> None:
    trigger = decode_trigger(due.definition)
    action = ActionRow(due.agent_id, due.id, due.position, type_of(trigger), due.definition)
    decision, state = _decide(trigger, due, now)
    skip_run = _record_skips(tx, due, action, decision, now=now)
    rows = [
        _birth_row(due, action, birth, is_first=not index, now=now, owner=owner)
        for index, birth in enumerate(decision.births[: due.remaining])
    ]
    if decision.cancels:
        tx.add_to_count("runs", sum(tx.insert_runs(rows[:-1])))
        tx.cut += tx.cancel_open_runs(due.id, "a newer slot took its place", now)
    for row, born in zip(rows, tx.insert_runs(rows), strict=True):
        tx.add_to_count("runs", born)
        if born and row["state"] == "running":
            claimed.runs.append(_claimed(row, due, decision))
    left = None if due.remaining is None else due.remaining - len(rows)
    last_run = rows[-1]["id"] if rows else None
    if decision.slot is None or left == 0:
        _finish(tx, due, claimed, last_run=last_run)
    else:
        _advance(
            tx,
            due,
            trigger,
            decision.slot,
            state,
            now=now,
            remaining=left,
            skip_run=skip_run,
            last_run=last_run,
        )


def _record_skips(tx: Tx, due: DueSchedule, action: ActionRow, decision: Decision, *, now: int) -> str | None:
    """Write the skips; the id of the row that a further skip would continue, if the newest slot was one."""
    skip_run = due.skip_run
    for skip in decision.skips:
        continues = due.skip_run if skip.first == due.slot else None
        skip_run = record_skip(tx, skip, action=action, agent=due.agent, now=now, continues=continues)
    newest_skip = max((skip.last for skip in decision.skips), default=-1)
    newest_birth = max((birth.slot for birth in decision.births), default=-1)
    return None if newest_birth > newest_skip else skip_run


def _decide(trigger: TimedTrigger, due: DueSchedule, now: int) -> tuple[Decision, str]:
    """The slots' decision, and the state in which it leaves the schedule."""
    if due.state != "paused":
        decision = decide(
            trigger, due.slot, seed=due.id, now=now, open_runs=due.open_runs, in_line=due.in_line
        )
        return decision, "active"
    if due.until is None or due.until > now:
        return skip_slots(trigger, due.slot, until=now, reason="paused"), "paused"
    return skip_slots(trigger, due.slot, until=due.until, reason="paused"), "active"


def _birth_row(
    due: DueSchedule, action: ActionRow, birth: Birth, *, is_first: bool, now: int, owner: str
) -> dict[str, Any]:
    if birth.in_line:
        due_at = now if is_first and not due.open_runs else None
        return birth_row(action, agent=due.agent, slot=birth.slot, due_at=due_at)
    row = birth_row(action, agent=due.agent, slot=birth.slot)
    return row | {"state": "running", "owner": owner, "due_at": row["effective"]}


def _claimed(row: dict[str, Any], due: DueSchedule, decision: Decision) -> Claimed:
    return Claimed(
        id=row["id"],
        agent=due.agent,
        action_id=due.id,
        action=due.position,
        definition=due.definition,
        trigger=row["trigger"],
        slot=row["slot"],
        due_at=row["due_at"],
        attempt=1,
        attempts="[]",
        next_at=decision.slot,
    )


def _finish(tx: Tx, due: DueSchedule, claimed: Claim, *, last_run: str | None) -> None:
    """There will never be another slot: said once, here."""
    tx.finish_schedule(due.id, last_run)
    tx.add_to_count("schedules", -1 if due.state == "active" else 0)
    claimed.finished.append(due)


def _advance(
    tx: Tx,
    due: DueSchedule,
    trigger: TimedTrigger,
    slot: int,
    state: str,
    *,
    now: int,
    remaining: int | None,
    skip_run: str | None,
    last_run: str | None,
) -> None:
    """Move the schedule on; a slot left undecided because a run is open is looked at again at its instant."""
    next_at = trigger.effective(slot, due.id)
    look_at = next_at if slot == due.slot else next_at - LOOK_AHEAD
    if state == "paused":
        look_at = look_while_paused(slot, due.until, now)
    elif due.state == "paused":
        tx.add_to_count("schedules", 1)
    tx.advance_schedule(
        due,
        slot=slot,
        next_at=next_at,
        look_at=look_at,
        state=state,
        remaining=remaining,
        skip_run=skip_run,
        last_run=last_run,
    )


def _set_aside(tx: Tx, due: DueSchedule, error: Exception, now: int) -> None:
    """Pause a schedule whose decision fails, so that it stops nobody else."""
    tx.pause_schedule(due.id, note=f"internal error: {error}", until=None, look_at=now + PAUSED_LOOK)
    tx.add_to_count("schedules", -1 if due.state == "active" else 0)


def _claim_waiting(tx: Tx, *, now: int, owner: str, since: str, limit: int) -> list[Claimed]:
    """Take waiting runs that are due, or will be within the look-ahead."""
    due = tx.due_runs(now + LOOK_AHEAD, since=since, limit=limit)
    for run in due:
        if run.crashes and _is_past_window(run, now):
            tx.fail_run(run.id, "its daemon died, and its catch-up window is over", now)
            call_next(tx, run.action_id, now)
    taken = tx.claim_runs([run.id for run in due], owner)
    return [_claimed_again(run) for run, took in zip(due, taken, strict=True) if took]


def _is_past_window(run: DueRun, now: int) -> bool:
    """A rescued run is taken again even under `catchup: none`, but not beyond `catchup_window`."""
    action = decode_action(run.definition)
    window = action.window if isinstance(action, Timed) and run.trigger != "manual" else None
    return window is not None and run.slot < now - window


def _claimed_again(run: DueRun) -> Claimed:
    return Claimed(
        id=run.id,
        agent=run.agent,
        action_id=run.action_id,
        action=run.action,
        definition=run.definition,
        trigger=run.trigger,
        slot=run.slot,
        due_at=run.due_at,
        attempt=run.attempt + 1,
        attempts=run.attempts,
        next_at=run.next_at,
        payload=run.payload,
        single=run.trigger == "manual",
    )


def _ahead(moment: int | None) -> int | None:
    return None if moment is None else moment - LOOK_AHEAD


def _earliest(*moments: int | None) -> int | None:
    return min((moment for moment in moments if moment is not None), default=None)
