"""Questions of those who watch: what began, ended and changed, and how it went. Each reads few rows.

A run's id begins with its moment, so that what was born lately is a range of the primary key; the few runs
that end long after that moment have an index of their own.
"""

from pypes.clock import SECOND
from pypes.store.asking import Asking
from pypes.store.run_rows import Begun, Ended, RecentRun, Slots

PROMPT = 5 * SECOND
"""A run that ends at most so long after its slot is found by its id (see migration 0006)."""


class WatchTx(Asking):
    """One method per question."""

    def runs_ended(self, since: int, limit: int) -> list[Ended]:
        """The runs that ended after a moment, the newest first."""
        params = {"since": since, "born": first_id(since - PROMPT), "limit": limit}
        rows = self.rows("runs_ended", params) + self.rows("runs_ended_late", params)
        return [Ended(*row) for row in rows[:limit]]

    def runs_begun(self, now: int, *, most: int, limit: int) -> list[Begun]:
        """Runs that are under way, looked for among `most` open ones."""
        return [Begun(*row) for row in self.rows("runs_begun", {"now": now, "most": most, "limit": limit})]

    def open_up_to(self, now: int, most: int) -> tuple[int, int]:
        """How many runs wait, and how many are under way, counted among `most`."""
        total, running = self.rows("open_up_to", {"now": now, "most": most})[0]
        return total - running, running

    def slots_between(self, agent: str | None, since: int, until: int, most: int) -> list[Slots]:
        """What became of the slots of a stretch of time, by state, among `most` rows."""
        params = {"since": first_id(since), "until": first_id(until), "most": most}
        if agent is None:
            return [Slots(*row) for row in self.rows("slots_between", params)]
        return [Slots(*row) for row in self.rows("slots_of_agent_between", params | {"agent": agent})]

    def runs_between(self, since: int, until: int, most: int) -> int:
        """How many rows a stretch of time has, counted up to `most`."""
        params = {"since": first_id(since), "until": first_id(until), "most": most}
        (count,) = self.rows("runs_between", params)[0]
        return int(count)

    def recent_runs(self, agent: str | None, *, before: int, limit: int, since: int = 0) -> list[RecentRun]:
        """How the newest runs went, of one agent or of all."""
        params = {"since": first_id(since), "before": first_id(before), "limit": limit}
        if agent is None:
            return [RecentRun(*row) for row in self.rows("recent_runs", params)]
        return [RecentRun(*row) for row in self.rows("recent_runs_of_agent", params | {"agent": agent})]

    def recent_failures(self, *, before: int, most: int, limit: int) -> list[str]:
        """The ids of failures among `most` of the newest runs."""
        params = {"before": first_id(before), "most": most, "limit": limit}
        return [run_id for (run_id,) in self.rows("recent_failures", params)]

    def agents_changed(self, since: int, limit: int) -> list[tuple[str, int]]:
        """Names of agents that changed after a moment, and when, the newest first."""
        return [(name, at) for name, at in self.rows("agents_changed", {"since": since, "limit": limit})]

    def agents_departed(self, since: int, limit: int) -> list[tuple[str, int]]:
        """Names of agents that were removed after a moment, and when, the newest first."""
        return [(name, at) for name, at in self.rows("agents_departed", {"since": since, "limit": limit})]

    def depart(self, name: str, now: int, *, forget_before: int) -> None:
        """Remember for a while that an agent was removed."""
        self.change("prune_departures", {"before": forget_before})
        self.change("depart", {"name": name, "now": now})

    def depart_all(self, now: int) -> None:
        """Remember for a while that all agents were removed."""
        self.change("depart_all", {"now": now})

    def touch_agent_of(self, action_id: str, now: int) -> None:
        """Say that an agent has changed, because a trigger of it was paused or resumed."""
        self.change("touch_agent_of", {"action_id": action_id, "now": now})


def moment_of(run_id: str) -> int:
    """The moment with which a run's id begins."""
    return int(run_id[:14], 16)


def first_id(moment: int) -> str:
    """No id of a run at or after this moment sorts before this text."""
    return f"{max(0, moment):014x}"
