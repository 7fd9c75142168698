"""Deciding: due slots become runs and skips, and schedules move on; what was decided is written together."""

from typing import Any, NamedTuple

from pypes.engine.skipping import Skipped, Skipping
from pypes.model.action import decode_trigger, type_of
from pypes.model.run import Claimed, run_id
from pypes.model.schedule import LOOK_AHEAD, Birth, Decision, Skip, decide, skip_slots
from pypes.store.context import context_of, note_seen, objection
from pypes.store.ledger import birth_row
from pypes.store.rows import ActionRow, Advance, DueSchedule
from pypes.store.run_rows import NewRun
from pypes.store.scheduling import look_while_paused
from pypes.store.tx import Tx
from pypes.triggers import TimedTrigger


class _Look(NamedTuple):
    """One schedule that is looked at."""

    due: DueSchedule
    trigger: TimedTrigger

    @property
    def action(self) -> ActionRow:
        """The action that the schedule belongs to."""
        due = self.due
        return ActionRow(due.agent_id, due.id, due.position, type_of(self.trigger), due.definition)


class Deciding:
    """Looks at one schedule after the other, at `now`, for the daemon `owner`; `write` ends it.

    Births, moves and skips are gathered: written in one go they cost half.
    """

    def __init__(self, tx: Tx, *, now: int, owner: str) -> None:
        self._tx = tx
        self._now = now
        self._owner = owner
        self._births: list[NewRun] = []
        self._claims: list[Claimed | None] = []
        """What is held of each birth; None of those that wait in line."""
        self._advances: list[Advance] = []
        self._skipping = Skipping(tx, now=now)
        self._to_continue: list[tuple[int, int]] = []
        """Which advance names the row of which skip, because a further skip would continue it."""
        self.finished: list[DueSchedule] = []

    def look_at(self, due: DueSchedule) -> None:
        """Decide what becomes of a schedule's slots; an exception leaves nothing of it to be written."""
        trigger = decode_trigger(due.definition)
        look = _Look(due, trigger)
        decision, state = self._decide(look)
        births = self._rows(look, decision) if decision.births else []
        remaining = None if due.remaining is None else due.remaining - len(births)
        last_run = births[-1].id if births else None
        next_slot = None if remaining == 0 else decision.slot
        next_at = None if next_slot is None else trigger.effective(next_slot, due.id)
        if next_slot is None or next_at is None:
            self._finish(due, last_run)
        else:
            look_at = self._next_look(due, next_slot, next_at, state)
            skip_run = None if decision.births or decision.skips else due.skip_run
            self._advances.append(
                Advance(due.id, due.slot, next_slot, next_at, look_at, state, remaining, skip_run, last_run)
            )
        if decision.skips:
            self._gather_skips(look, decision, moves_on=next_at is not None)
        for row in births:
            self._births.append(row)
            self._claims.append(self._claimed(due, row, next_at) if row.owner else None)

    def write(self) -> list[Claimed]:
        """Write what was gathered; the runs that `owner` holds now."""
        tx = self._tx
        covering = self._skipping.write()
        for place, number in self._to_continue:
            self._advances[place] = self._advances[place]._replace(skip_run=covering[number])
        born = tx.insert_runs(self._births)
        tx.add_to_count("runs", sum(born))
        tx.advance_schedules(self._advances)
        return [held for held, is_born in zip(self._claims, born, strict=True) if held and is_born]

    def _decide(self, look: _Look) -> tuple[Decision, str]:
        """The slots' decision, and the state in which it leaves the schedule."""
        due, trigger, now = look.due, look.trigger, self._now
        if due.state != "paused":
            decision = decide(
                trigger, due.slot, seed=due.id, now=now, open_runs=due.open_runs, in_line=due.in_line
            )
            return self._ask_condition(look, decision), "active"
        if due.until is None or due.until > now:
            return skip_slots(trigger, due.slot, until=now, reason="paused"), "paused"
        return skip_slots(trigger, due.slot, until=due.until, reason="paused"), "active"

    def _ask_condition(self, look: _Look, decision: Decision) -> Decision:
        """Turn the births for which `when` is false into skips."""
        if look.trigger.when is None or not decision.births:
            return decision
        births, skips = [], list(decision.skips)
        for birth in decision.births:
            reason = objection(look.trigger, self._context(look, birth.slot))
            births += [] if reason else [birth]
            skips += [Skip(birth.slot, birth.slot, 1, reason)] if reason else []
        seen_by = [run_id(birth.slot, look.due.id, "timed") for birth in births]
        note_seen(self._tx, look.trigger, agent_id=look.due.agent_id, runs=seen_by)
        cancels = decision.cancels and decision.births[-1] in births
        return Decision(tuple(births), tuple(skips), decision.slot, cancels)

    def _context(self, look: _Look, slot: int) -> dict[str, Any]:
        return context_of(
            self._tx,
            agent_id=look.due.agent_id,
            agent=look.due.agent,
            action_id=look.due.id,
            slot=slot,
            trigger=type_of(look.trigger),
        )

    def _gather_skips(self, look: _Look, decision: Decision, *, moves_on: bool) -> None:
        """Gather the skips; a further one would continue the newest, unless a birth is newer."""
        due, action = look.due, look.action
        number = self._skipping.add(
            Skipped(due, action, skip, due.skip_run if skip.first == due.slot else None)
            for skip in decision.skips
        )
        newest_skip = max(skip.last for skip in decision.skips)
        if moves_on and all(birth.slot <= newest_skip for birth in decision.births):
            self._to_continue.append((len(self._advances) - 1, number))

    def _rows(self, look: _Look, decision: Decision) -> list[NewRun]:
        """The births as rows, as many as `remaining` allows; those not in line are held from now on."""
        births = decision.births[: look.due.remaining]
        rows = [self._row(look, birth, is_first=not index) for index, birth in enumerate(births)]
        if decision.cancels:
            self._cancel_open(look.due.id, rows[:-1])
        return rows

    def _cancel_open(self, action_id: str, older: list[NewRun]) -> None:
        """The newest birth takes the place of all that are open, those of this look included."""
        tx = self._tx
        tx.add_to_count("runs", sum(tx.insert_runs(older)))
        tx.cut += tx.cancel_open_runs(action_id, "a newer slot took its place", self._now)

    def _row(self, look: _Look, birth: Birth, *, is_first: bool) -> NewRun:
        due, trigger = look
        if birth.in_line:
            due_at = self._now if is_first and not due.open_runs else None
            return birth_row(look.action, agent=due.agent, slot=birth.slot, due_at=due_at)
        effective = trigger.effective(birth.slot, due.id)
        return NewRun(
            id=run_id(birth.slot, due.id, "timed"),
            agent=due.agent,
            action_id=due.id,
            action=due.position,
            type=type_of(trigger.action),
            trigger=type_of(trigger),
            slot=birth.slot,
            effective=effective,
            state="running",
            due_at=effective,
            owner=self._owner,
        )

    def _claimed(self, due: DueSchedule, row: NewRun, next_at: int | None) -> Claimed:
        return Claimed(
            id=row.id,
            agent=due.agent,
            action_id=due.id,
            action=due.position,
            definition=due.definition,
            trigger=row.trigger,
            slot=row.slot,
            due_at=row.effective,
            attempt=1,
            attempts="[]",
            next_at=next_at,
        )

    def _finish(self, due: DueSchedule, last_run: str | None) -> None:
        self.finished.append(due)
        self._tx.finish_schedule(due.id, last_run)
        self._tx.add_to_count("schedules", -int(due.state == "active"))

    def _next_look(self, due: DueSchedule, slot: int, next_at: int, state: str) -> int:
        """When to look again: at its instant, if a slot stays undecided because a run is open."""
        if state == "paused":
            return look_while_paused(slot, due.until, self._now)
        if due.state == "paused":
            self._tx.add_to_count("schedules", 1)
        return next_at if slot == due.slot else next_at - LOOK_AHEAD
