"""Questions about agents: themselves, their actions, and what they remember."""

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

    def agents_by_id(self, after: str, limit: int) -> list[tuple[str, str]]:
        """A page of agents: ids, and options as JSON."""
        rows = self.rows("agents_by_id", {"after": after, "limit": limit})
        return [(agent_id, options) for agent_id, options in rows]

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

    def agent_state(self, agent_id: str) -> str | None:
        """What an agent remembers, JSON."""
        row = self.row("agent_state", {"agent_id": agent_id})
        return row[0] if row else None

    def save_state(self, agent_id: str, value: str, now: int) -> None:
        """Let an agent remember something else."""
        self.change("save_state", {"agent_id": agent_id, "value": value, "now": now})

    def delete_state(self, agent_id: str) -> int:
        """Let an agent forget."""
        return self.change("delete_state", {"agent_id": agent_id})
