"""How a run is asked for by hand: beside every cadence, and without moving it."""

from pypes.model.action import decode_action, step_of, type_of
from pypes.model.run import run_id
from pypes.store.rows import ActionRow
from pypes.store.tx import Tx


def request_run(
    tx: Tx, action: ActionRow, *, agent: str, salt: str, now: int, payload: str | None = None
) -> str:
    """Let what an action does, or wraps, be done once, now; the new run's id.

    `salt` is a random value that names this request; `payload` is JSON sent in place of the step's own.
    """
    row = {
        "id": run_id(now, action.id, "manual", salt),
        "agent": agent,
        "action_id": action.id,
        "action": action.position,
        "type": type_of(step_of(decode_action(action.definition))),
        "trigger": "manual",
        "slot": now,
        "effective": now,
        "state": "waiting",
        "due_at": now,
        "owner": None,
        "payload": payload,
    }
    tx.add_to_count("runs", sum(tx.insert_runs([row])))
    tx.wake(now)
    return str(row["id"])
