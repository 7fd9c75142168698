"""Deciding: the due slots of one schedule become runs and skips, and the schedule moves on."""

from typing import Any

from pypes.instants import format_instant
from pypes.model.action import decode_trigger, type_of
from pypes.model.run import Claimed
from pypes.model.schedule import LOOK_AHEAD, Birth, Decision, Skip, decide, skip_slots
from pypes.store.alerting import raise_alert
from pypes.store.context import context_of, objection
from pypes.store.ledger import birth_row, record_skip
from pypes.store.rows import ActionRow, DueSchedule
from pypes.store.scheduling import look_while_paused
from pypes.store.tx import Tx

Births = list[dict[str, Any]]


class Deciding:
    """One look at one schedule, at `now`, for the daemon `owner`."""

    def __init__(self, tx: Tx, due: DueSchedule, *, now: int, owner: str) -> None:
        self._tx = tx
        self._due = due
        self._now = now
        self._owner = owner
        self._trigger = decode_trigger(due.definition)
        self._action = ActionRow(due.agent_id, due.id, due.position, type_of(self._trigger), due.definition)
        self.runs: list[Claimed] = []
        """The runs that `owner` holds now."""
        self.has_finished = False

    def carry_out(self) -> None:
        """Decide, write what was decided, and move the schedule on."""
        decision, state = self._decide()
        skip_run = self._record_skips(decision)
        births = self._give_birth(decision)
        left = None if self._due.remaining is None else self._due.remaining - len(births)
        last_run = births[-1]["id"] if births else None
        if decision.slot is None or left == 0:
            self._finish(last_run)
        else:
            self._advance(decision.slot, state, remaining=left, skip_run=skip_run, last_run=last_run)

    def _decide(self) -> tuple[Decision, str]:
        """The slots' decision, and the state in which it leaves the schedule."""
        due, trigger, now = self._due, self._trigger, self._now
        if due.state != "paused":
            decision = decide(
                trigger, due.slot, seed=due.id, now=now, open_runs=due.open_runs, in_line=due.in_line
            )
            return self._ask_condition(decision), "active"
        if due.until is None or due.until > now:
            return skip_slots(trigger, due.slot, until=now, reason="paused"), "paused"
        return skip_slots(trigger, due.slot, until=due.until, reason="paused"), "active"

    def _ask_condition(self, decision: Decision) -> Decision:
        """Turn the births for which `when` is false into skips."""
        if self._trigger.when is None or not decision.births:
            return decision
        births, skips = [], list(decision.skips)
        for birth in decision.births:
            reason = objection(self._trigger, self._context(birth.slot))
            births += [] if reason else [birth]
            skips += [Skip(birth.slot, birth.slot, 1, reason)] if reason else []
        cancels = decision.cancels and decision.births[-1] in births
        return Decision(tuple(births), tuple(skips), decision.slot, cancels)

    def _context(self, slot: int) -> dict[str, Any]:
        return context_of(
            self._tx,
            agent_id=self._due.agent_id,
            agent=self._due.agent,
            action_id=self._due.id,
            slot=slot,
            trigger=self._action.type,
        )

    def _record_skips(self, decision: Decision) -> str | None:
        """Write the skips; the id of the row that a further skip would continue, if the newest was one."""
        due, skip_run = self._due, self._due.skip_run
        for skip in decision.skips:
            continues = due.skip_run if skip.first == due.slot else None
            skip_run = record_skip(
                self._tx, skip, action=self._action, agent=due.agent, now=self._now, continues=continues
            )
            if skip.reason == "missed":
                self._tell_missed(skip)
        newest_skip = max((skip.last for skip in decision.skips), default=-1)
        newest_birth = max((birth.slot for birth in decision.births), default=-1)
        return None if newest_birth > newest_skip else skip_run

    def _tell_missed(self, skip: Skip) -> None:
        raise_alert(
            self._tx,
            agent=self._due.agent,
            action_id=self._due.id,
            now=self._now,
            event="slots.missed",
            facts=lambda: {
                "action": self._due.position,
                "from": format_instant(skip.first),
                "to": format_instant(skip.last),
                "slots": skip.count,
            },
        )

    def _give_birth(self, decision: Decision) -> Births:
        """Write the births, as many as `remaining` allows; those not in line are held from now on."""
        tx, births = self._tx, decision.births[: self._due.remaining]
        rows = [self._row(birth, is_first=not index) for index, birth in enumerate(births)]
        if decision.cancels:
            tx.add_to_count("runs", sum(tx.insert_runs(rows[:-1])))
            tx.cut += tx.cancel_open_runs(self._due.id, "a newer slot took its place", self._now)
        next_slot = None if len(rows) == self._due.remaining else decision.slot
        for row, born in zip(rows, tx.insert_runs(rows), strict=True):
            tx.add_to_count("runs", born)
            if born and row["state"] == "running":
                self.runs.append(self._claimed(row, next_slot))
        return rows

    def _row(self, birth: Birth, *, is_first: bool) -> dict[str, Any]:
        if birth.in_line:
            due_at = self._now if is_first and not self._due.open_runs else None
            return birth_row(self._action, agent=self._due.agent, slot=birth.slot, due_at=due_at)
        return birth_row(self._action, agent=self._due.agent, slot=birth.slot, owner=self._owner)

    def _claimed(self, row: dict[str, Any], next_slot: int | None) -> Claimed:
        return Claimed(
            id=row["id"],
            agent=self._due.agent,
            action_id=self._due.id,
            action=self._due.position,
            definition=self._due.definition,
            trigger=row["trigger"],
            slot=row["slot"],
            due_at=row["due_at"],
            attempt=1,
            attempts="[]",
            next_at=None if next_slot is None else self._trigger.effective(next_slot, self._due.id),
        )

    def _finish(self, last_run: str | None) -> None:
        self.has_finished = True
        self._tx.finish_schedule(self._due.id, last_run)
        self._tx.add_to_count("schedules", -int(self._due.state == "active"))

    def _advance(
        self, slot: int, state: str, *, remaining: int | None, skip_run: str | None, last_run: str | None
    ) -> None:
        """Move the schedule on; a slot undecided because a run is open is looked at again at its instant."""
        due = self._due
        next_at = self._trigger.effective(slot, due.id)
        look_at = next_at if slot == due.slot else next_at - LOOK_AHEAD
        if state == "paused":
            look_at = look_while_paused(slot, due.until, self._now)
        elif due.state == "paused":
            self._tx.add_to_count("schedules", 1)
        self._tx.advance_schedule(
            due,
            slot=slot,
            next_at=next_at,
            look_at=look_at,
            state=state,
            remaining=remaining,
            skip_run=skip_run,
            last_run=last_run,
        )
