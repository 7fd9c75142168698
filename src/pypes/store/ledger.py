"""How slots enter the ledger: as runs, or as skips that continue the row before; and who is next in line."""

from pypes.model.action import decode_action, decode_trigger, step_of, type_of
from pypes.model.run import Kind, run_id
from pypes.model.schedule import Skip
from pypes.store.rows import ActionRow
from pypes.store.run_rows import NewRun, NewSkip
from pypes.store.tx import Tx


def birth_row(
    action: ActionRow,
    *,
    agent: str,
    slot: int,
    kind: Kind = "timed",
    due_at: int | None = None,
) -> NewRun:
    """A run that waits, from `due_at` on, or (None) in line behind the open runs of its schedule."""
    trigger = decode_trigger(action.definition)
    return NewRun(
        id=run_id(slot, action.id, kind),
        agent=agent,
        action_id=action.id,
        action=action.position,
        type=type_of(trigger.action),
        trigger=action.type if kind == "timed" else kind,
        slot=slot,
        effective=trigger.effective(slot, action.id),
        state="waiting",
        due_at=due_at,
        owner=None,
    )


def request_row(
    action: ActionRow, *, agent: str, trigger: str, salt: str, now: int, payload: str | None
) -> NewRun:
    """A run that no slot asks for: due now, `salt` tells it apart, `payload` is sent in place of its own."""
    return NewRun(
        id=run_id(now, action.id, "manual", salt),
        agent=agent,
        action_id=action.id,
        action=action.position,
        type=type_of(step_of(decode_action(action.definition))),
        trigger=trigger,
        slot=now,
        effective=now,
        state="waiting",
        due_at=now,
        owner=None,
        payload=payload,
    )


def record_skip(
    tx: Tx, skip: Skip, *, action: ActionRow, agent: str, now: int, continues: str | None = None
) -> str:
    """Write skipped slots, as part of the row `continues` if that ends right before them for the same reason.

    Returns the id of the row that now covers them.
    """
    if continues and tx.extend_skip(
        run_id=continues, slot_to=skip.last, slots=skip.count, reason=skip.reason, now=now
    ):
        return continues
    row = skip_row(skip, action=action, agent=agent, now=now)
    (born,) = tx.insert_skips([row])
    tx.add_to_count("runs", born)
    if not born and skip.count > 1:
        rest = _without_first(skip, action)
        return record_skip(tx, rest, action=action, agent=agent, now=now)
    return row.id


def skip_row(skip: Skip, *, action: ActionRow, agent: str, now: int) -> NewSkip:
    """Skipped slots as one row."""
    row = birth_row(action, agent=agent, slot=skip.first)
    return NewSkip(
        row.id,
        row.agent,
        row.action_id,
        row.action,
        row.type,
        row.trigger,
        row.slot,
        skip.last if skip.count > 1 else None,
        skip.count,
        skip.reason,
        now,
    )


def _without_first(skip: Skip, action: ActionRow) -> Skip:
    """The first slot has a row of its own (it was claimed, then replaced): the others still need theirs."""
    second = decode_trigger(action.definition).next_after(skip.first)
    return Skip(second or skip.last, skip.last, skip.count - 1, skip.reason)


def call_next(tx: Tx, action_id: str, now: int) -> None:
    """A run of this action is over: call the next in line, or let the next slot be claimed ahead again."""
    first = tx.first_open_run(action_id)
    if first is None:
        tx.look(tx.look_early([action_id]))
    elif first.state == "waiting" and first.due_at is None:
        tx.call_run(first.id, now)
        tx.wake(now)
