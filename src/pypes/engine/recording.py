"""Recording: what came of runs is settled in one transaction, with what follows: retries, alerts, pauses.

An outcome is accepted only from the run's holder, for the attempt it was given.
"""

from pypes.engine.claiming import QUANTUM
from pypes.instants import format_instant
from pypes.model.action import readable_trigger
from pypes.model.run import Claimed, Settled
from pypes.model.schedule import LOOK_AHEAD
from pypes.store.alerting import raise_alert
from pypes.store.ledger import call_next
from pypes.store.scheduling import pause_schedule
from pypes.store.stepping import close
from pypes.store.tx import Tx


def record(tx: Tx, settled: list[Settled], *, owner: str, now: int) -> list[int]:
    """Settle runs; of each, 1 if it was still held, else 0. Whatever waits behind one is called."""
    tx.hold_schedules(done.run.action_id for done in settled if _may_be_postponed(done.run, now))
    found = tx.settle_runs(settled, owner)
    some_in_line = tx.some_in_line()
    postponed: list[str] = []
    for done, rows in zip(settled, found, strict=True):
        if rows and done.closing is not None:
            close(tx, done, now)
        if rows and done.state == "waiting":
            _wait_for_retry(tx, done, now)
        elif rows:
            if some_in_line:
                call_next(tx, done.run.action_id, now)
            elif _may_be_postponed(done.run, now):
                postponed.append(done.run.action_id)
            _tell_failure(tx, done, now)
            _pause_after_failures(tx, done, now)
    tx.look(tx.look_early(postponed))
    return found


def _may_be_postponed(run: Claimed, now: int) -> bool:
    """Whether the scheduler may have met this run open when it looked ahead of the next slot."""
    return run.next_at is not None and now >= run.next_at - LOOK_AHEAD - QUANTUM


def _wait_for_retry(tx: Tx, done: Settled, now: int) -> None:
    """A retry waits, unless its trigger was paused or has left its agent meanwhile."""
    schedule = tx.schedule_by_id(done.run.action_id)
    is_timed = readable_trigger(done.run.definition) is not None
    if is_timed and (schedule is None or schedule.state == "paused"):
        tx.revoke_waiting(done.run.action_id, "replaced" if schedule is None else "paused", now)
        call_next(tx, done.run.action_id, now)
    else:
        tx.wake(done.due_at)


def _tell_failure(tx: Tx, done: Settled, now: int) -> None:
    if done.state in {"failed", "unknown"}:
        run = done.run
        raise_alert(
            tx,
            agent=run.agent,
            action_id=run.action_id,
            now=now,
            event=f"run.{done.state}",
            facts=lambda: {
                "action": run.action,
                "run": run.id,
                "slot": format_instant(run.slot),
                "reason": done.reason,
            },
        )


def _pause_after_failures(tx: Tx, done: Settled, now: int) -> None:
    """A trigger that asks for it pauses itself after so many failures in a row; manual runs do not count."""
    run, trigger = done.run, readable_trigger(done.run.definition)
    most = None if trigger is None else trigger.pause_after
    if most is None or run.trigger == "manual" or done.state not in {"succeeded", "failed"}:
        return
    failures = tx.count_failure(run.action_id, failed=done.state == "failed")
    if failures >= most:
        note = f"paused itself after {failures} failures in a row, the last: {done.reason}"
        pause_schedule(tx, run.action_id, run.definition, note=note, until=None, now=now)
        raise_alert(
            tx,
            agent=run.agent,
            action_id=run.action_id,
            now=now,
            event="schedule.paused",
            facts=lambda: {"action": run.action, "run": run.id, "reason": note},
        )
