"""Finding: what a path names, or the mistake that it is not there."""

from pypes.errors import NotFound
from pypes.store.rows import AgentRow
from pypes.store.run_rows import RunRow
from pypes.store.tx import Tx


def find_agent(tx: Tx, name: str) -> AgentRow:
    """Find an agent by its name; raise `NotFound` when there is none."""
    row = tx.agent_by_name(name)
    if row is None:
        raise NotFound(f"there is no agent `{name}`")
    return row


def index_or_id(text: str) -> int | str:
    """Read how a query names an action: digits are its index, anything else is its `id`."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text


def find_run(tx: Tx, run_id: str) -> RunRow:
    """Find a run by its id; raise `NotFound` when there is none."""
    row = tx.run_by_id(run_id)
    if row is None:
        raise NotFound(f"there is no run `{run_id}`")
    return row
