"""Tx: one transaction, all questions, and what must be said aloud once it is on disk."""

from collections import Counter
from collections.abc import Iterable

from pypes.store.agents import AgentTx
from pypes.store.alerts import AlertTx
from pypes.store.answered import AnsweredTx
from pypes.store.asking import Queries
from pypes.store.database import Connection
from pypes.store.inputs import InputTx
from pypes.store.loads import LoadTx
from pypes.store.nodes import NodeTx
from pypes.store.roster import RosterTx
from pypes.store.runs import RunTx
from pypes.store.schedules import ScheduleTx
from pypes.store.spending import SpendingTx
from pypes.store.steps import StepTx
from pypes.store.watch import WatchTx

SHARD = "#"
"""Stands between a kept figure's name and its shard."""

_TABLES = (
    *("loads", "load_agents", "runs", "run_inputs", "steps", "alerts", "schedules", "flows", "gatherings"),
    *("inputs", "answered", "actions", "states", "agents", "spending", "counts"),
)


class Tx(
    AgentTx,
    LoadTx,
    ScheduleTx,
    RunTx,
    AlertTx,
    InputTx,
    AnsweredTx,
    StepTx,
    SpendingTx,
    NodeTx,
    WatchTx,
    RosterTx,
):
    """A transaction. What it leaves to be done after its commit is gathered in its public fields."""

    def __init__(self, connection: Connection, queries: Queries) -> None:
        super().__init__(connection, queries)
        self.wake_at: int | None = None
        """The earliest moment at which what was written is due."""
        self.look_at: int | None = None
        """The earliest moment at which a slot may be claimed ahead; it need not be met exactly."""
        self.revoked: list[str] = []
        """Claimed runs that must not be sent."""
        self.claimed: set[str] = set()
        """Runs that were claimed: if they were revoked before, they no longer are."""
        self.cut: list[str] = []
        """Runs that were called off: what is under way for them is dropped."""
        self.definitions_changed = False
        """True when agents were saved or removed: what the original called a reload."""
        self.touched_agents: set[str] = set()
        """Agents that were given inputs: the janitor looks whether they have too many."""
        self.is_news = False
        """True when other daemons should look at once, instead of within a second."""
        self.gathered = False
        """True when inputs wait to be a run: whoever waits for them looks when that is."""
        self._changes: dict[str, int] = {}

    def wake(self, moment: int | None) -> None:
        """Something is due at `moment`."""
        if moment is not None and (self.wake_at is None or moment < self.wake_at):
            self.wake_at = moment

    def look(self, moment: int | None) -> None:
        """Something may be claimed ahead from `moment` on."""
        if moment is not None and (self.look_at is None or moment < self.look_at):
            self.look_at = moment

    def say_claimed(self, run_ids: Iterable[str]) -> None:
        """Runs are claimed (again): what revoked them before is over."""
        claimed = set(run_ids)
        self.claimed |= claimed
        self.revoked = [run_id for run_id in self.revoked if run_id not in claimed]

    def tell_others(self) -> None:
        """Let the daemons that share the store look at once, if they listen."""
        if self.is_shared and (self.is_news or self.definitions_changed or self.revoked):
            self.rows("postgres/notify", {})

    def add_to_count(self, name: str, change: int) -> None:
        """Change a kept figure; written once, at the end of the transaction."""
        self._changes[name] = self._changes.get(name, 0) + change

    def write_counts(self, shard: str = "") -> None:
        """Write the gathered changes of the kept figures, in a fixed order.

        Daemons that share a store keep them in shards: a row that all of them change would queue them up.
        """
        changes, self._changes = self._changes, {}
        for name, change in sorted(changes.items()):
            if change:
                self.change("add_to_count", {"name": name + shard, "change": change})

    def counts(self) -> dict[str, int]:
        """The kept figures: agents, active schedules, runs."""
        counts: Counter[str] = Counter()
        for name, value in self.rows("counts", {}):
            counts[name.partition(SHARD)[0]] += value
        return dict(counts)

    def erase(self) -> None:
        """Empty the store, agents and ledger; what is under way is dropped."""
        self.cut += self.running_ids()
        for table in _TABLES:
            self.change(f"erase_{table}", {})
