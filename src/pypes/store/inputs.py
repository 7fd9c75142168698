"""Questions about inputs: an agent's, what runs know of them, and how far triggers that fire on them are."""

from collections.abc import Iterable

from pypes.store.asking import Asking
from pypes.store.listeners import Listener
from pypes.store.rows import ActionRow, DueGathering, FlowRow, Gathering
from pypes.store.runs import LAST_ID


class InputTx(Asking):
    """One method per question."""

    def insert_inputs(self, agent_id: str, inputs: Iterable[tuple[str, str]]) -> int:
        """Append inputs, each an id and a JSON text."""
        rows = ({"agent_id": agent_id, "id": input_id, "value": value} for input_id, value in inputs)
        return sum(self.change_each("insert_input", rows))

    def inputs_of_agent(self, agent_id: str) -> list[str]:
        """All inputs of an agent, oldest first, as JSON texts."""
        return [value for (value,) in self.rows("inputs_of_agent", {"agent_id": agent_id})]

    def inputs_page(self, agent_id: str, before: str, limit: int) -> list[tuple[str, str]]:
        """Ids and JSON texts of inputs, newest first."""
        rows = self.rows("inputs_page", {"agent_id": agent_id, "before": before, "limit": limit})
        return [(input_id, value) for input_id, value in rows]

    def delete_inputs(self, agent_id: str) -> int:
        """Forget all inputs of an agent."""
        return self.change("delete_inputs", {"agent_id": agent_id})

    def surplus_input(self, agent_id: str, keep: int) -> str | None:
        """The id of the newest input that is one too many; None when there are no more than `keep`."""
        row = self.row("surplus_input", {"agent_id": agent_id, "keep": keep})
        return row[0] if row else None

    def prune_inputs(self, agent_id: str, bound: str, limit: int) -> int:
        """Forget some of the oldest inputs of an agent, none of them newer than the id `bound`."""
        return self.change("prune_inputs", {"agent_id": agent_id, "bound": bound, "limit": limit})

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
