"""What people do to single runs: try again, call off, run a past range."""

from pypes.errors import Conflict, InvalidInput, NotFound
from pypes.model.action import decode_trigger
from pypes.store.ledger import birth_row, call_next
from pypes.store.rows import ActionRow
from pypes.store.stepping import give_up_questions
from pypes.store.tx import Tx
from pypes.triggers.timed import Overlap

MOST_BACKFILLED = 10_000
"""Slots in one backfill: more are asked for in several."""


def retry(tx: Tx, run_id: str, now: int) -> None:
    """Try a run again that did not succeed: the same row, the same id.

    Raises `NotFound`, and `Conflict` when it is open, succeeded or skipped.
    """
    action_id = tx.retry_run(run_id, now)
    if action_id is None:
        raise _cannot(tx, run_id, "retried: only failed, cancelled and unknown runs can be")
    tx.is_news = True
    give_up_questions(tx, run_id, action_id)
    tx.wake(now)


def cancel(tx: Tx, run_id: str, now: int) -> None:
    """Call off an open run; what is under way for it is dropped.

    Raises `NotFound`, and `Conflict` when it is over.
    """
    action_id = tx.cancel_run(run_id, "cancelled by hand", now)
    if action_id is None:
        raise _cannot(tx, run_id, "cancelled: only waiting and running runs can be")
    tx.is_news = True
    tx.cut.append(run_id)
    call_next(tx, action_id, now)


def slots_between(row: ActionRow, start: int, end: int) -> list[int]:
    """The slots of a timed trigger from `start` to `end`, both included, that are not excluded."""
    trigger = decode_trigger(row.definition)
    count = trigger.count(start - 1, end)
    if count > MOST_BACKFILLED:
        raise InvalidInput(
            f"{count} slots lie between these moments: backfill at most {MOST_BACKFILLED} at once", "$.to"
        )
    slots, slot = [], trigger.next_after(start - 1)
    while slot is not None and slot <= end:
        slots.append(slot)
        slot = trigger.next_after(slot)
    return [slot for slot in slots if not trigger.excludes(slot)]


def backfill(
    tx: Tx, row: ActionRow, slots: list[int], *, agent: str, overlap: Overlap, now: int
) -> list[str]:
    """Run past slots; the ids of the runs. A slot that was backfilled before is not run again.

    `buffer_all`: one after another, behind what is open; `allow_all`: all at once; `skip`: only the first,
    and only if nothing is open; `buffer_one`: only the first; `cancel_other`: what is open gives way.
    """
    if overlap == "cancel_other":
        tx.cut += tx.cancel_open_runs(row.id, "a backfill took its place", now)
    is_free = tx.first_open_run(row.id) is None
    if overlap == "skip" and not is_free:
        raise Conflict("a run of this action is open: wait for it, or choose another `overlap`")
    chosen = slots[:1] if overlap in {"skip", "buffer_one"} else slots
    at_once = len(chosen) if overlap == "allow_all" else int(is_free)
    rows = [
        birth_row(
            row, agent=agent, slot=slot, kind="backfill", due_at=now if index < at_once else None
        )._replace(effective=slot)
        for index, slot in enumerate(chosen)
    ]
    born = tx.insert_runs(rows)
    tx.add_to_count("runs", sum(born))
    tx.is_news = True
    tx.wake(now)
    return [each.id for each, was_born in zip(rows, born, strict=True) if was_born]


def _cannot(tx: Tx, run_id: str, what: str) -> NotFound | Conflict:
    run = tx.run_by_id(run_id)
    if run is None:
        return NotFound(f"there is no run `{run_id}`")
    return Conflict(f"a run that is {run.state} cannot be {what}")
