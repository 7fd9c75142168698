"""How a run is asked for by hand: beside every cadence, and without moving it."""

from pypes.errors import Conflict
from pypes.store.ledger import request_row
from pypes.store.rows import ActionRow
from pypes.store.tx import Tx
from pypes.triggers.timed import Overlap


def request_run(
    tx: Tx,
    action: ActionRow,
    *,
    agent: str,
    salt: str,
    now: int,
    payload: str | None = None,
    overlap: Overlap = "allow_all",
) -> str:
    """Let what an action does, or wraps, be done once, now; the new run's id.

    `salt` is a random value that names this request; `payload` is JSON sent in place of the step's own;
    `overlap` says what to do when a run of the action is open: raise `Conflict` where it says to skip.
    """
    due_at = _due_at(tx, action.id, overlap, now)
    row = request_row(action, agent=agent, trigger="manual", salt=salt, now=now, payload=payload)
    tx.add_to_count("runs", sum(tx.insert_runs([row._replace(due_at=due_at)])))
    tx.is_news = True
    tx.wake(now)
    return row.id


def _due_at(tx: Tx, action_id: str, overlap: Overlap, now: int) -> int | None:
    """Now, or (None) when those in line before it are over."""
    if overlap == "allow_all" or tx.first_open_run(action_id) is None:
        return now
    if overlap == "cancel_other":
        tx.cut += tx.cancel_open_runs(action_id, "a run by hand took its place", now)
        return now
    if overlap == "buffer_all" or (overlap == "buffer_one" and not tx.in_line_of_action(action_id)):
        return None
    raise Conflict("a run of this action is open: wait for it, or choose another `overlap`")
