"""Questions about what runs know of inputs, and where triggers stand that fire on them."""

from collections.abc import Iterable

from pypes.store.asking import Asking
from pypes.store.listeners import Listener
from pypes.store.rows import ActionRow, DueGathering, FlowRow, Gathering
from pypes.store.runs import LAST_ID


class InputTx(Asking):
    """One method per question."""

    def listeners(self, agent_id: str) -> list[Listener]:
        """The triggers of an agent that fire on inputs."""
        rows = self.rows("listeners", {"agent_id": agent_id})
        return [Listener(ActionRow(*row[:5]), *row[5:]) for row in rows]

    def lock_listeners(self, agent_id: str) -> list[Listener]:
        """The same, for a transaction that will move them on."""
        rows = self.rows("lock_listeners", {"agent_id": agent_id})
        return [Listener(ActionRow(*row[:5]), *row[5:]) for row in rows]

    def keep_inputs_of_runs(self, rows: Iterable[tuple[str, str]]) -> None:
        """Keep what runs are about: each an id and a JSON array."""
        self.change_each("keep_inputs_of_run", ({"run_id": run_id, "value": value} for run_id, value in rows))

    def inputs_of_run(self, run_id: str) -> str | None:
        """The inputs that a run is about, a JSON array; None when it is about none."""
        row = self.row("inputs_of_run", {"run_id": run_id})
        return row[0] if row else None

    def mark_seen(self, seen: Iterable[tuple[str, str]]) -> None:
        """Remember of runs the newest input that each could see."""
        self.change_each("mark_seen", ({"run_id": run_id, "seen": input_id} for run_id, input_id in seen))

    def seen_by_last_success(self, agent: str, action_id: str) -> str:
        """Inputs whose ids follow this one are new to an action; "" when it never succeeded."""
        row = self.row("seen_by_last_success", {"agent": agent, "action_id": action_id})
        if row is None:
            return ""
        started_at, seen = row
        return str(seen) if seen is not None else f"{started_at:014x}"

    def newest_input(self, agent_id: str) -> str | None:
        """The id of an agent's newest input."""
        row = self.row("newest_input", {"agent_id": agent_id})
        return row[0] if row else None

    def oldest_input(self, agent_id: str) -> str | None:
        """The id of an agent's oldest input."""
        row = self.row("oldest_input", {"agent_id": agent_id})
        return row[0] if row else None

    def flow_of_action(self, action_id: str) -> FlowRow:
        """Where a trigger stands; at the beginning of time when it never fired."""
        row = self.row("flow_of_action", {"action_id": action_id})
        return FlowRow(*row) if row else FlowRow(0, 0)

    def save_flow(self, action_id: str, flow: FlowRow) -> None:
        """Move a trigger on."""
        self.change("save_flow", {"action_id": action_id, **flow._asdict()})

    def gathering_of_action(self, action_id: str) -> Gathering | None:
        """What a trigger has gathered so far."""
        row = self.row("gathering_of_action", {"action_id": action_id})
        return Gathering(*row) if row else None

    def save_gathering(self, gathering: Gathering) -> None:
        """Remember what a trigger has gathered."""
        self.change("save_gathering", gathering._asdict())

    def delete_gathering(self, action_id: str) -> int:
        """Forget what a trigger has gathered; 0 when there is nothing."""
        return self.change("delete_gathering", {"action_id": action_id})

    def forget_flow(self, action_id: str) -> None:
        """Forget all about a trigger that left its agent."""
        self.change("delete_flow", {"action_id": action_id})
        self.change("delete_gathering", {"action_id": action_id})

    def due_gatherings(self, now: int, limit: int) -> list[DueGathering]:
        """What was gathered for long enough."""
        rows = self.rows("due_gatherings", {"now": now, "limit": limit})
        return [
            DueGathering(Gathering(*row[:6]), ActionRow(row[6], row[0], *row[7:10]), row[10]) for row in rows
        ]

    def next_gathering(self) -> int | None:
        """When something was gathered for long enough."""
        row = self.row("next_gathering", {})
        return row[0] if row else None

    def prune_run_inputs(self, limit: int) -> int:
        """Forget what runs knew that are no longer in the ledger."""
        return self.change("prune_run_inputs", {"limit": limit, "last": LAST_ID})

    def agents_by_id(self, after: str, limit: int) -> list[tuple[str, str]]:
        """A page of agents: ids, and options as JSON."""
        rows = self.rows("agents_by_id", {"after": after, "limit": limit})
        return [(agent_id, options) for agent_id, options in rows]

    def note_last_run(self, action_id: str, *, last_run: str | None, skip_run: str | None) -> None:
        """Remember a trigger's newest run, and the row that further skips would continue."""
        self.change("note_last_run", {"id": action_id, "last_run": last_run, "skip_run": skip_run})

    def pauses_over(self, now: int) -> list[str]:
        """The triggers without slots whose pause has ended."""
        return [action_id for (action_id,) in self.rows("pauses_over", {"now": now})]
