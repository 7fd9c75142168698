"""Questions about schedules."""

from collections.abc import Iterable
from typing import Any

from pypes.model.schedule import LOOK_AHEAD
from pypes.store.asking import Asking
from pypes.store.rows import ActionRow, Advance, DueSchedule, RebootAction, ScheduleRow, ScheduleState


class ScheduleTx(Asking):
    """One method per question."""

    def due_schedules(self, now: int, *, soon: int, limit: int) -> list[DueSchedule]:
        """The schedules that want a look now, or ahead of their slot until `soon`; soonest first."""
        params: dict[str, Any] = {"now": now, "soon": soon, "limit": limit}
        if self.is_shared:
            params["held"] = [row[0] for row in self.rows("postgres/hold_due_schedules", params)]
            if not params["held"]:
                return []
        return [DueSchedule(*row) for row in self.rows("due_schedules", params)]

    def schedule_by_id(self, action_id: str) -> ScheduleState | None:
        """One schedule, if the action has one."""
        row = self.row("schedule_by_id", {"id": action_id})
        return ScheduleState(*row) if row else None

    def schedule_to_change(self, action_id: str) -> ScheduleState | None:
        """The same, held until this transaction ends: nobody decides its slots meanwhile."""
        self.hold_schedules([action_id])
        return self.schedule_by_id(action_id)

    def hold_schedules(self, action_ids: Iterable[str]) -> None:
        """Hold schedules, where others might decide them meanwhile."""
        if self.is_shared and (ids := list(action_ids)):
            self.rows("postgres/hold_schedules", {"ids": ids})

    def insert_schedule(
        self,
        action_id: str,
        agent_id: str,
        *,
        slot: int | None,
        next_at: int | None,
        state: str,
        overlaps: bool,
        remaining: int | None,
    ) -> None:
        """Give a timed trigger its first slot, if it has one."""
        params = {"id": action_id, "agent_id": agent_id, "slot": slot, "next_at": next_at, "state": state}
        params |= {"look_at": _ahead(next_at), "overlaps": int(overlaps), "remaining": remaining}
        self.change("insert_schedule", params)

    def retime_schedule(
        self,
        action_id: str,
        *,
        slot: int | None,
        next_at: int | None,
        overlaps: bool,
        remaining: int | None,
    ) -> None:
        """Start over from a new slot; pause and history stay."""
        params = {"id": action_id, "slot": slot, "next_at": next_at, "look_at": _ahead(next_at)}
        params |= {"overlaps": int(overlaps), "remaining": remaining}
        self.change("retime_schedule", params)

    def delete_schedule(self, action_id: str) -> None:
        """Forget a schedule whose trigger left its agent."""
        self.change("delete_schedule", {"id": action_id})

    def advance_schedules(self, advances: Iterable[Advance]) -> list[int]:
        """Move schedules on to their next slots; 0 for those that somebody moved first."""
        return self.change_each_by_id("advance_schedule", Advance, advances)

    def look_early(self, action_ids: Iterable[str]) -> int | None:
        """Let the next slots of these be claimed ahead where nothing is open; when to look, if any moved."""
        moved = self.change_each("look_early", ({"id": each, "ahead": LOOK_AHEAD} for each in action_ids))
        return self.next_look() if any(moved) else None

    def next_look(self) -> int | None:
        """When there is something to look at next."""
        row = self.row("next_look", {})
        return row[0] if row else None

    def next_exact_look(self) -> int | None:
        """When a schedule wants a look at its very slot."""
        row = self.row("next_exact_look", {})
        return row[0] if row else None

    def pause_schedule(
        self, action_id: str, *, note: str | None, until: int | None, look_at: int | None
    ) -> int:
        """Stop a schedule; 0 when it is finished."""
        params = {"id": action_id, "note": note, "until": until, "look_at": look_at}
        return self.change("pause_schedule", params)

    def resume_schedule(
        self,
        action_id: str,
        *,
        slot: int | None,
        next_at: int | None,
        skip_run: str | None,
        remaining: int | None,
    ) -> int:
        """Let a paused schedule fire again from `slot` on; 0 when it is not paused."""
        params = {"id": action_id, "slot": slot, "next_at": next_at, "look_at": _ahead(next_at)}
        params |= {"skip_run": skip_run, "remaining": remaining}
        return self.change("resume_schedule", params)

    def finish_schedule(self, action_id: str, last_run: str | None = None) -> None:
        """Say that a schedule has no slot left."""
        self.change("finish_schedule", {"id": action_id, "last_run": last_run})

    def note_last_run(self, action_id: str, *, last_run: str | None, skip_run: str | None) -> None:
        """Remember a trigger's newest run, and the row that further skips would continue."""
        self.change("note_last_run", {"id": action_id, "last_run": last_run, "skip_run": skip_run})

    def pauses_over(self, now: int) -> list[str]:
        """The triggers without slots whose pause has ended."""
        return [action_id for (action_id,) in self.rows("pauses_over", {"now": now})]

    def count_failure(self, action_id: str, *, failed: bool) -> int:
        """Count a failure, or forget them all after a success; how many in a row there are now."""
        row = self.row("count_failure", {"id": action_id, "failed": int(failed)})
        return row[0] if row else 0

    def reboot_actions(self) -> list[RebootAction]:
        """The triggers that fire at a daemon's start."""
        rows = self.rows("reboot_actions", {})
        return [RebootAction(ActionRow(*row[:5]), row[5], row[6], row[7]) for row in rows]

    def schedules_page(self, after: str, limit: int) -> list[ScheduleRow]:
        """A page of schedules in the order of their ids."""
        return [ScheduleRow(*row) for row in self.rows("schedules_page", {"after": after, "limit": limit})]

    def schedules_in_state(self, state: str, after: str, limit: int) -> list[ScheduleRow]:
        """A page of the paused, or of the finished schedules."""
        rows = self.rows("schedules_in_state", {"state": state, "after": after, "limit": limit})
        return [ScheduleRow(*row) for row in rows]

    def schedules_of_agent(self, agent_id: str) -> list[ScheduleRow]:
        """The schedules of one agent, in the order of its actions."""
        return [ScheduleRow(*row) for row in self.rows("schedules_of_agent", {"agent_id": agent_id})]

    def schedules_until(self, until: int, limit: int) -> list[ScheduleRow]:
        """The active schedules whose next slot is not after `until`, soonest first."""
        return [ScheduleRow(*row) for row in self.rows("schedules_until", {"until": until, "limit": limit})]


def _ahead(next_at: int | None) -> int | None:
    return None if next_at is None else next_at - LOOK_AHEAD
