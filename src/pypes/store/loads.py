"""Questions about loads: many agents that were posted together."""

from collections.abc import Iterable

from pypes.store.asking import Asking
from pypes.store.rows import Load, LoadAgent


class LoadTx(Asking):
    """One method per question."""

    def insert_load(self, load_id: str, now: int) -> None:
        """Begin a load."""
        self.change("insert_load", {"id": load_id, "now": now})

    def insert_load_agents(self, agents: Iterable[LoadAgent]) -> None:
        """Put agents down."""
        self.change_each_row("insert_load_agent", LoadAgent, agents)

    def touch_load(self, load_id: str, now: int) -> int:
        """Say that somebody is at work on a load; 0 when there is no such load any more."""
        return self.change("touch_load", {"id": load_id, "now": now})

    def accept_load(self, load_id: str, now: int) -> int:
        """Promise that a load will be saved; 0 when it was given up."""
        return self.change("accept_load", {"id": load_id, "now": now})

    def idle_loads(self, before: int) -> list[Load]:
        """The loads that nobody has touched since a moment."""
        return [Load(*row) for row in self.rows("idle_loads", {"before": before})]

    def changed_since(self, name: str, since: int) -> bool:
        """Whether somebody has changed or removed an agent after a moment."""
        return self.row("changed_since", {"name": name, "since": since}) is not None

    def load_page(self, load_id: str, limit: int) -> list[LoadAgent]:
        """The next agents of a load."""
        rows = self.rows("load_page", {"load": load_id, "limit": limit})
        return [LoadAgent(load_id, *row) for row in rows]

    def delete_load_agents(self, agents: Iterable[LoadAgent]) -> list[int]:
        """Forget agents that are saved; 0 for those that somebody else saved."""
        return self.change_each(
            "delete_load_agent", ({"load": each.load, "number": each.number} for each in agents)
        )

    def delete_load(self, load_id: str) -> int:
        """Forget a load; 0 while something is left of it."""
        return self.change("delete_load", {"id": load_id})

    def drop_load(self, load_id: str) -> int:
        """Give a load up; 0 when it was accepted."""
        return self.change("drop_load", {"id": load_id})

    def drop_load_agents(self, load_id: str, limit: int) -> int:
        """Forget some agents of a load that was given up; how many."""
        return self.change("drop_load_agents", {"load": load_id, "limit": limit})
