"""Claim: due slots become runs that this daemon holds, and schedules move on, in one transaction."""

from typing import NamedTuple

from pypes.engine.deciding import Deciding
from pypes.errors import PypesError
from pypes.model.action import readable_trigger
from pypes.model.run import Claimed
from pypes.model.schedule import LOOK_AHEAD, PAUSED_LOOK
from pypes.store.ledger import call_next
from pypes.store.rows import DueSchedule
from pypes.store.run_rows import DueRun
from pypes.store.tx import Tx

QUANTUM = 100_000
"""Looks ahead of slots within so many microseconds are taken together …"""
PACE = 50_000
"""… and at most this often: slots spread over a second share transactions, well ahead of their instants."""


class Claim(NamedTuple):
    """What one claim brought."""

    runs: list[Claimed]
    next_wake: int | None
    """When there is something to claim next; now when more is due than was taken."""
    finished: list[DueSchedule]
    broken: list[tuple[DueSchedule, Exception]]
    """Schedules whose decision failed: a bug; they are paused, so that they stop nobody."""


def claim(tx: Tx, *, now: int, owner: str, limit: int, timed: bool = True, since: str = "") -> Claim:
    """Decide at most `limit` schedules (none unless `timed`) and take waiting runs, all for `owner`.

    Waiting runs get a quarter of the batch, or what the schedules leave of it: neither starves the other.
    `since` leaves alone the waiting runs that were born before it, an id.
    """
    due = tx.due_schedules(now, soon=now + QUANTUM, limit=limit) if timed else []
    deciding = Deciding(tx, now=now, owner=owner)
    broken = _decide_all(tx, due, deciding, now)
    runs = deciding.write()
    room = max(limit // 4, limit - len(runs), 1)
    waiting = _claim_waiting(tx, now=now, owner=owner, since=since, limit=room)
    runs += waiting
    tx.say_claimed(run.id for run in runs)
    is_more = len(due) == limit or len(waiting) == room
    next_wake = now if is_more else _next_wake(tx, now, timed=timed, since=since)
    return Claim(runs, next_wake, deciding.finished, broken)


def _decide_all(
    tx: Tx, due: list[DueSchedule], deciding: Deciding, now: int
) -> list[tuple[DueSchedule, Exception]]:
    """Decide every schedule; those whose decision fails are paused, and given."""
    broken: list[tuple[DueSchedule, Exception]] = []
    for each in due:
        try:
            deciding.look_at(each)
        except (ArithmeticError, LookupError, PypesError, TypeError, ValueError) as error:
            _set_aside(tx, each, error, now)
            broken.append((each, error))
    return broken


def _next_wake(tx: Tx, now: int, *, timed: bool, since: str) -> int | None:
    """Looks ahead keep the pace; a look at a very slot comes when it comes."""
    next_due = tx.next_due(since)
    ahead = _earliest(tx.next_look() if timed else None, None if next_due is None else next_due - LOOK_AHEAD)
    exact = tx.next_exact_look() if timed else None
    return _earliest(exact, None if ahead is None else paced(ahead, now))


def paced(look_at: int, last: int) -> int:
    """When to look ahead again after a look at `last`: not at once, unless the slot is that close."""
    return max(look_at, min(last + PACE, look_at + LOOK_AHEAD - PACE))


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
    trigger = readable_trigger(run.definition) if run.trigger != "manual" else None
    window = None if trigger is None else trigger.window
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


def _earliest(*moments: int | None) -> int | None:
    return min((moment for moment in moments if moment is not None), default=None)
