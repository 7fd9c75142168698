"""Questions about nodes: the daemons that use this store, and what they hold."""

from collections.abc import Iterable

from pypes.clock import SharedClock
from pypes.store.asking import Asking
from pypes.store.rows import NodeRow, NodeState


class NodeTx(Asking):
    """One method per question."""

    def register_node(self, state: NodeState) -> None:
        """Say that a daemon is there, and since when."""
        self.change("register_node", state._asdict())

    def renew_node(self, state: NodeState) -> bool | None:
        """Say that a daemon is still there; whether it shall claim no more, or None if it was given up."""
        row = self.row("renew_node", state._asdict())
        return None if row is None else bool(row[0])

    def drain_node(self, node: str, *, draining: bool) -> int:
        """Let a daemon claim no more, or claim again; 0 when there is none of that name."""
        return self.change("drain_node", {"id": node, "draining": int(draining)})

    def forget_node(self, node: str) -> int:
        """A daemon has stopped."""
        return self.change("forget_node", {"id": node})

    def forget_former(self, node: str, place: str) -> int:
        """Forget the daemons that are proved to be dead because this one runs; how many."""
        if not self.is_shared:
            return self.change("forget_all_nodes", {})
        return self.change("forget_place", {"id": node, "place": place})

    def expire_nodes(self, node: str, now: int) -> list[str]:
        """Give up the daemons whose lease is over; their names."""
        return [name for (name,) in self.rows("expire_nodes", {"id": node, "now": now})]

    def nodes(self) -> list[NodeRow]:
        """All daemons, the oldest first."""
        return [NodeRow(*row) for row in self.rows("nodes", {})]

    def owned_ids(self, node: str) -> list[str]:
        """The runs that a daemon holds, as the store has it."""
        return [run_id for (run_id,) in self.rows("owned_ids", {"owner": node})]

    def give_back(self, run_ids: Iterable[str], node: str) -> list[int]:
        """Give back runs that a daemon holds without knowing of them, each to be taken at its moment."""
        return self.change_each("give_back", ({"id": run_id, "owner": node} for run_id in run_ids))

    def lost_runs(self, run_ids: Iterable[str], node: str) -> dict[str, str]:
        """Of the runs that a daemon of several believes to hold, those that it does not, with their state."""
        return dict(self.rows("postgres/lost_runs", {"ids": list(run_ids), "owner": node}))

    def call_stranded(self, now: int) -> int:
        """Call the runs that wait in line behind nothing; how many."""
        return self.change("call_stranded", {"now": now})

    def set_clock(self, clock: SharedClock) -> bool:
        """Set a clock by that of a database that daemons share; False when that cannot be trusted."""
        asked = clock.monotonic()
        row = self.row("postgres/server_time", {})
        return row is None or clock.set(row[0], asked=asked, answered=clock.monotonic())
