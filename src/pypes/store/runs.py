"""Questions about runs: each change of state names its precondition, and its row count is read."""

from collections.abc import Iterable, Mapping
from typing import Any

from pypes.model.run import MOST_CRASHES, MOST_UNSENT_CRASHES, Settled
from pypes.store.asking import Asking
from pypes.store.run_rows import (
    DueRun,
    LongerSkip,
    NewRun,
    NewSkip,
    OpenRun,
    ReceiptRow,
    RequestRow,
    RunRow,
    Settlement,
)

LAST_ID = "g"
"""Sorts after every id, which are hex."""
_TROUBLED, _OPEN = "runs_page_troubled", "runs_page_open"
_PAGES: Mapping[str | None, str] = {
    "failed": _TROUBLED,
    "cancelled": _TROUBLED,
    "unknown": _TROUBLED,
    "skipped": _TROUBLED,
    "waiting": _OPEN,
    "running": _OPEN,
}
"""States of few runs among many, each with the question that finds them by an index."""


class RunTx(Asking):
    """One method per question."""

    def insert_runs(self, runs: Iterable[NewRun]) -> list[int]:
        """Give birth to runs; 0 for those whose row exists already."""
        return self.change_each_by_id("insert_run", NewRun, runs)

    def insert_skips(self, skips: Iterable[NewSkip]) -> list[int]:
        """Record slots that will not run; 0 for those of which the first one's row exists already."""
        return self.change_each_by_id("insert_skip", NewSkip, skips)

    def extend_skips(self, skips: Iterable[LongerSkip]) -> list[int]:
        """Let skipped rows cover more slots; 0 for those that are gone or have another reason."""
        return self.change_each_by_id("extend_skip", LongerSkip, skips)

    def insert_skip(self, skip: Mapping[str, Any]) -> int:
        """Record slots that will not run; 0 when the first one's row exists already."""
        return self.change("insert_skip", skip)

    def extend_skip(self, *, run_id: str, slot_to: int, slots: int, reason: str, now: int) -> int:
        """Let a skipped row cover more slots; 0 when it is gone or has another reason."""
        params = {"id": run_id, "slot_to": slot_to, "slots": slots, "reason": reason, "now": now}
        return self.change("extend_skip", params)

    def due_runs(self, now: int, *, since: str, limit: int) -> list[DueRun]:
        """The waiting runs that are due, the longest due first; none whose id is below `since`."""
        params = {"now": now, "since": since, "limit": limit}
        return [DueRun(*row) for row in self.rows("due_runs", params)]

    def claim_runs(self, run_ids: Iterable[str], owner: str) -> list[int]:
        """Take waiting runs; 0 for those that somebody else took."""
        return self.change_each("claim_run", ({"id": run_id, "owner": owner} for run_id in run_ids))

    def next_due(self, since: str = "") -> int | None:
        """When the next waiting run is due; those whose id is below `since` are left alone."""
        row = self.row("next_due", {"since": since})
        return row[0] if row else None

    def settle_runs(self, settled: Iterable[Settled], owner: str) -> list[int]:
        """Write outcomes; 0 for a run that this daemon no longer holds."""
        rows = [
            Settlement(
                done.state,
                done.reason,
                done.due_at,
                done.run.attempt,
                done.attempts,
                done.started,
                done.finished,
                done.run.id,
                owner,
            )
            for done in settled
        ]
        return self.change_each_by_id("settle_run", Settlement, rows)

    def is_recorded(self, done: Settled, owner: str) -> bool:
        """Whether this very outcome, from this daemon, is on disk."""
        run = self.run_by_id(done.run.id)
        return run is not None and (run.owner, run.attempts) == (owner, done.attempts)

    def release_runs(self, releases: Iterable[tuple[str, int]], owner: str) -> list[int]:
        """Give runs back unsent, each to be taken again at its moment."""
        rows = ({"id": run_id, "due_at": due_at, "owner": owner} for run_id, due_at in releases)
        return self.change_each("release_run", rows)

    def note_started(self, runs: Iterable[tuple[str, int]], owner: str) -> None:
        """Write down that runs are under way, and since when."""
        rows = ({"id": run_id, "owner": owner, "started_at": since} for run_id, since in runs)
        self.change_each("note_started", rows)

    def release_owned(self, owner: str) -> int:
        """Give back whatever a daemon still holds, because it stops; how many."""
        return self.change("release_owned", {"owner": owner})

    def first_open_run(self, action_id: str) -> OpenRun | None:
        """The oldest open run of an action."""
        row = self.row("first_open_run", {"action_id": action_id})
        return OpenRun(*row) if row else None

    def some_in_line(self) -> bool:
        """Whether any run at all waits in line: nearly never."""
        return self.row("some_in_line", {}) is not None

    def in_line_of_action(self, action_id: str) -> bool:
        """Whether a run of an action waits in line."""
        return self.row("in_line_of_action", {"action_id": action_id}) is not None

    def call_run(self, run_id: str, due_at: int) -> int:
        """Let the next run in line be taken."""
        return self.change("call_run", {"id": run_id, "due_at": due_at})

    def revoke_claimed(self, action_id: str, reason: str, now: int) -> list[str]:
        """Skip claimed runs that are not yet due; their ids."""
        params = {"action_id": action_id, "reason": reason, "now": now}
        return [run_id for (run_id,) in self.rows("revoke_claimed", params)]

    def revoke_waiting(self, action_id: str, reason: str, now: int) -> list[tuple[str, str]]:
        """Skip waiting runs of a trigger; of each its state now, and what let it be born."""
        params = {"action_id": action_id, "reason": reason, "now": now}
        return [(state, trigger) for state, trigger in self.rows("revoke_waiting", params)]

    def cancel_open_runs(self, action_id: str, reason: str, now: int) -> list[str]:
        """Call off all open runs of an action; their ids."""
        params = {"action_id": action_id, "reason": reason, "now": now}
        return [run_id for (run_id,) in self.rows("cancel_open_runs", params)]

    def cancel_run(self, run_id: str, reason: str, now: int) -> str | None:
        """Call off an open run; the action it belongs to, or None when it is not open."""
        row = self.row("cancel_run", {"id": run_id, "reason": reason, "now": now})
        return row[0] if row else None

    def retry_run(self, run_id: str, now: int) -> str | None:
        """Let a run that did not succeed be taken again; its action, or None when it cannot be."""
        row = self.row("retry_run", {"id": run_id, "now": now})
        return row[0] if row else None

    def restore_revoked(self, run_id: str, now: int) -> int:
        """Let a run that was skipped ahead of its slot run after all; 0 when there is none to restore."""
        return self.change("restore_revoked", {"id": run_id, "now": now})

    def running_ids(self) -> list[str]:
        """The runs that are held by somebody."""
        return [run_id for (run_id,) in self.rows("running_ids", {})]

    def fail_run(self, run_id: str, reason: str, now: int) -> int:
        """Give up a waiting run."""
        return self.change("fail_run", {"id": run_id, "reason": reason, "now": now})

    def unclaim_runs(self, action_id: str, now: int) -> list[str]:
        """Give back claimed runs that are not yet due; their ids."""
        rows = self.rows("unclaim_runs", {"action_id": action_id, "now": now})
        return [run_id for (run_id,) in rows]

    def fail_crashers(self, owner: str, now: int) -> list[str]:
        """Fail runs that were open in too many crashes; the actions they belong to."""
        params = {"owner": owner, "now": now, "crashes": MOST_CRASHES, "unsent": MOST_UNSENT_CRASHES}
        return [action_id for (action_id,) in self.rows("fail_crashers", params)]

    def rescue_runs(self, owner: str, now: int) -> int:
        """Take runs from holders that are dead; how many."""
        return self.change("rescue_runs", {"owner": owner, "now": now})

    def run_by_id(self, run_id: str) -> RunRow | None:
        """One row of the ledger."""
        row = self.row("run_by_id", {"id": run_id})
        return RunRow(*row) if row else None

    def request_of_run(self, run_id: str) -> RequestRow | None:
        """What a run was to send; None when its action is forgotten."""
        row = self.row("request_of_run", {"id": run_id})
        return RequestRow(*row) if row else None

    def last_receipt(self, agent: str, action_id: str) -> ReceiptRow | None:
        """The newest run of an action that ended with an attempt made."""
        row = self.row("last_receipt", {"agent": agent, "action_id": action_id})
        return ReceiptRow(*row) if row else None

    def row_covering(
        self, agent: str, action_id: str, slot: int, *, until: int | None = None
    ) -> RunRow | None:
        """The row that covers a slot of a trigger, or the newest from it up to `until`, if there is one."""
        params = {"agent": agent, "action_id": action_id, "bound": f"{until or slot:014x}{LAST_ID}"}
        row = self.row("row_covering", params)
        run = RunRow(*row) if row else None
        return run if run is not None and slot <= (run.slot_to or run.slot) else None

    def runs_page(
        self, *, before: str, since: str, state: str | None, trigger: str | None, limit: int
    ) -> list[RunRow]:
        """A page of the ledger, newest first; `before` and `since` are ids."""
        params = {"before": before, "since": since, "state": state, "trigger": trigger, "limit": limit}
        return [RunRow(*row) for row in self.rows(_PAGES.get(state, "runs_page"), params)]

    def runs_of_agent(
        self,
        agent: str,
        *,
        before: str,
        since: str,
        action: int | None,
        state: str | None,
        trigger: str | None,
        limit: int,
    ) -> list[RunRow]:
        """A page of one agent's ledger, newest first."""
        params = {"agent": agent, "before": before, "since": since, "action": action}
        rows = self.rows("runs_of_agent", params | {"state": state, "trigger": trigger, "limit": limit})
        return [RunRow(*row) for row in rows]

    def simulated_runs(self, start: int, end: int, limit: int) -> list[RunRow]:
        """What a simulation recorded for the slots from `start` to `end`, oldest first."""
        params = {"start": start, "end": end, "limit": limit}
        return [RunRow(*row) for row in self.rows("simulated_runs", params)]

    def open_run_counts(self) -> dict[str, int]:
        """How many runs are waiting, and how many running."""
        return dict(self.rows("open_run_counts", {}))

    def queued_runs(self, now: int) -> int:
        """How many runs are due and not yet taken."""
        row = self.row("queued_runs", {"now": now})
        return row[0] if row else 0

    def prune_runs(self, *, before: int, finished_before: int, limit: int) -> int:
        """Forget the oldest rows of runs born before a moment, and over before another."""
        params = {"before": f"{before:014x}", "finished_before": finished_before, "limit": limit}
        return self.change("prune_runs", params)
