"""Rebooting: at a daemon's start, every `reboot` trigger gets its slot, which is the start itself."""

from pypes.model.action import decode_trigger
from pypes.model.schedule import Skip
from pypes.store.ledger import birth_row, record_skip
from pypes.store.rows import RebootAction
from pypes.store.tx import Tx


def fire_reboots(tx: Tx, now: int) -> int:
    """Give each reboot trigger a run, or record why it has none; how many will run."""
    return sum(_fire(tx, each, now) for each in tx.reboot_actions())


def _fire(tx: Tx, each: RebootAction, now: int) -> int:
    skips_overlap = decode_trigger(each.action.definition).overlap == "skip"
    reason = "paused" if each.state == "paused" else "overlap" if each.open_runs and skips_overlap else None
    if reason is not None:
        record_skip(tx, Skip(now, now, 1, reason), action=each.action, agent=each.agent, now=now)
        return 0
    born = sum(tx.insert_runs([birth_row(each.action, agent=each.agent, slot=now, due_at=now)]))
    tx.add_to_count("runs", born)
    tx.wake(now)
    return born
