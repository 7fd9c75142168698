"""Questions about agents, their actions and their inputs."""

from collections.abc import Iterable

from pypes.store.asking import Asking
from pypes.store.rows import ActionRow, AgentRow


class AgentTx(Asking):
    """One method per question."""

    def agent_by_name(self, name: str) -> AgentRow | None:
        """One agent, if it exists."""
        row = self.row("agent_by_name", {"name": name})
        return AgentRow(*row) if row else None

    def agent_to_change(self, name: str) -> AgentRow | None:
        """The same, held until this transaction ends: nobody else changes it meanwhile."""
        if self.is_shared:
            self.rows("postgres/hold_agent", {"name": name})
        return self.agent_by_name(name)

    def agent_options(self, agent_id: str) -> str | None:
        """An agent's options as JSON, if it still exists."""
        row = self.row("agent_options", {"id": agent_id})
        return row[0] if row else None

    def agents_page(self, after: str, limit: int) -> list[AgentRow]:
        """A page of agents whose names follow `after`."""
        return [AgentRow(*row) for row in self.rows("agents_page", {"after": after, "limit": limit})]

    def agents_offset(self, offset: int, limit: int) -> list[AgentRow]:
        """A page of agents by number."""
        return [AgentRow(*row) for row in self.rows("agents_offset", {"offset": offset, "limit": limit})]

    def payer_of_agent(self, agent_id: str) -> tuple[str, str] | None:
        """The id and the options of the agent whose budget an agent spends, if both still exist."""
        row = self.row("payer_of_agent", {"id": agent_id})
        return (row[0], row[1]) if row else None

    def creator_of_agent(self, agent_id: str) -> str | None:
        """The name of the agent whose run created an agent; None when it is a person's."""
        row = self.row("creator_of_agent", {"id": agent_id})
        return row[0] if row else None

    def agents_created_by(self, agent_id: str) -> list[AgentRow]:
        """The agents that runs of an agent have created."""
        return [AgentRow(*row) for row in self.rows("agents_created_by", {"creator": agent_id})]

    def insert_agent(
        self, agent_id: str, name: str, options: str, *, created_by: str | None, now: int
    ) -> None:
        """Create an agent; the caller has seen that its name is free."""
        self.change(
            "insert_agent",
            {"id": agent_id, "name": name, "options": options, "created_by": created_by, "now": now},
        )

    def update_agent(self, agent_id: str, options: str, *, created_by: str | None, now: int) -> None:
        """Replace an agent's options, and whose it is."""
        self.change(
            "update_agent", {"id": agent_id, "options": options, "created_by": created_by, "now": now}
        )

    def delete_agent(self, agent_id: str) -> int:
        """Forget an agent; 0 when somebody else did."""
        return self.change("delete_agent", {"id": agent_id})

    def actions_of_agent(self, agent_id: str) -> list[ActionRow]:
        """The actions that an agent has now, in order."""
        return [ActionRow(*row) for row in self.rows("actions_of_agent", {"agent_id": agent_id})]

    def action_of_run(self, run_id: str) -> ActionRow | None:
        """The action that a run was born of; None when it is forgotten."""
        row = self.row("action_of_run", {"run_id": run_id})
        return ActionRow(*row) if row else None

    def live_action(self, action_id: str) -> ActionRow | None:
        """One action, unless it has left its agent."""
        row = self.row("live_action", {"id": action_id})
        return ActionRow(*row) if row else None

    def save_action(self, action: ActionRow) -> None:
        """Add, move, rewrite or bring back an action."""
        self.change("save_action", action._asdict())

    def end_action(self, action_id: str, now: int) -> None:
        """Take an action from its agent; runs may still refer to it."""
        self.change("end_action", {"id": action_id, "now": now})

    def prune_actions(self, before: int, limit: int) -> int:
        """Forget actions that left their agent before a moment."""
        return self.change("prune_actions", {"before": before, "limit": limit})

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
