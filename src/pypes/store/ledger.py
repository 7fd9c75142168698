"""How slots enter the ledger: as runs, or as skips that continue the row before them."""

from typing import Any

from pypes.model.action import decode_trigger, step_of, type_of
from pypes.model.run import Kind, run_id
from pypes.model.schedule import Skip
from pypes.store.rows import ActionRow
from pypes.store.tx import Tx


def timed_row(action: ActionRow, *, agent: str, slot: int, kind: Kind = "timed") -> dict[str, Any]:
    """What every row about a slot of an action has in common."""
    trigger = decode_trigger(action.definition)
    return {
        "id": run_id(slot, action.id, kind),
        "agent": agent,
        "action_id": action.id,
        "action": action.position,
        "type": type_of(step_of(trigger)),
        "trigger": type_of(trigger),
        "slot": slot,
    }


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
    row = timed_row(action, agent=agent, slot=skip.first)
    slot_to = skip.last if skip.count > 1 else None
    row |= {"slot_to": slot_to, "slots": skip.count, "reason": skip.reason, "now": now}
    tx.add_to_count("runs", tx.insert_skip(row))
    return str(row["id"])
