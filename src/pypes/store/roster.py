"""Questions about agents at a glance: pages in several orders, searched by name."""

from pypes.store.asking import Asking
from pypes.store.rows import RosterRow, Row


class RosterTx(Asking):
    """One method per question; `pattern` is one of LIKE, for the lower-case name."""

    def roster_by_name(self, pattern: str, *, after: str, limit: int) -> list[RosterRow]:
        """A page of agents in the order of their names."""
        rows = self.rows("roster_by_name", {"pattern": pattern, "after": after, "limit": limit})
        return [_agent(row, row[1]) for row in rows]

    def roster_by_change(self, pattern: str, *, at: int, agent_id: str, limit: int) -> list[RosterRow]:
        """A page of agents, the one that changed last first."""
        params = {"pattern": pattern, "at": at, "id": agent_id, "limit": limit}
        rows = self.rows("roster_by_change", params)
        return [_agent(row, f"{row[3]:014x}{row[0]}") for row in rows]

    def roster_by_next(self, pattern: str, *, at: int, schedule_id: str, limit: int) -> list[RosterRow]:
        """A page of agents, the one that fires next first; those that will not fire are left out."""
        params = {"pattern": pattern, "at": at, "id": schedule_id, "limit": limit}
        rows = self.rows("roster_by_next", params)
        return [_agent(row, f"{row[4]:014x}{row[5]}") for row in rows]

    def roster_in_state(self, state: str, pattern: str, *, after: str, limit: int) -> list[RosterRow]:
        """A page of agents that have a paused, or a finished trigger."""
        params = {"state": state, "pattern": pattern, "after": after, "limit": limit}
        return [_agent(row, row[4]) for row in self.rows("roster_in_state", params)]

    def agent_on_roster(self, name: str) -> RosterRow | None:
        """One agent, if it exists."""
        row = self.row("agent_on_roster", {"name": name})
        return _agent(row, name) if row else None


def _agent(row: Row, cursor: str) -> RosterRow:
    agent_id, name, created_at, updated_at, *_ = row
    return RosterRow(agent_id, name, created_at, updated_at, cursor)
