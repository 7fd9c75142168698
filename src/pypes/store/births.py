"""Births: runs that inputs give birth to, each later than the one before, so that ids follow the inputs."""

from pypes.model.action import type_of
from pypes.model.flow import let_through
from pypes.model.run import run_id
from pypes.store.listeners import Listener
from pypes.store.rows import FlowRow
from pypes.store.run_rows import NewRun
from pypes.store.tx import Tx


class Births:
    """What one transaction brings for one trigger; nothing is written before `write`."""

    def __init__(self, tx: Tx, listener: Listener, *, agent: str, now: int) -> None:
        self._tx = tx
        self._listener = listener
        self._agent = agent
        self._now = now
        self._flow = tx.flow_of_action(listener.action.id)
        self._rows: list[NewRun] = []
        self._inputs: list[tuple[str, str]] = []
        self._skip_run = listener.skip_run
        self._has_moved = False

    def add(self, input_id: str, value: str) -> None:
        """Give birth to a run about some inputs: the id of the first, and a JSON array of all."""
        moment = self._next_moment()
        start, free_at = let_through(self._listener.trigger.throttle, self._flow.free_at, self._now)
        self._flow = FlowRow(moment, free_at)
        due_at = None if self._must_wait_in_line() else start
        row = self._row(moment, input_id)._replace(effective=start, due_at=due_at)
        self._rows.append(row)
        self._inputs.append((row.id, value))
        self._skip_run = None

    def skip(self, count: int, reason: str) -> None:
        """Record that some inputs give birth to nothing; with the row before, if that says the same."""
        moment = self._next_moment()
        self._flow = self._flow._replace(moment=moment)
        if self._skip_run is not None and self._tx.extend_skip(
            run_id=self._skip_run, slot_to=moment, slots=count, reason=reason, now=self._now
        ):
            return
        row = self._row(moment, reason)
        slot_to = moment if count > 1 else None
        covers = {"slot_to": slot_to, "slots": count, "reason": reason, "now": self._now}
        self._tx.add_to_count("runs", self._tx.insert_skip(row._asdict() | covers))
        self._skip_run = row.id

    def write(self) -> None:
        """Write the runs, what they are about, and where the trigger stands now."""
        if not self._has_moved:
            return
        tx, action = self._tx, self._listener.action
        tx.add_to_count("runs", sum(tx.insert_runs(self._rows)))
        tx.keep_inputs_of_runs(self._inputs)
        tx.save_flow(action.id, self._flow)
        newest = self._rows[-1].id if self._rows else None
        tx.note_last_run(action.id, last_run=newest, skip_run=self._skip_run)
        tx.wake(min((row.effective for row in self._rows), default=None))

    def _next_moment(self) -> int:
        self._has_moved = True
        return max(self._now, self._flow.moment + 1)

    def _must_wait_in_line(self) -> bool:
        """Ordered runs wait for those before them."""
        if not self._listener.trigger.ordered:
            return False
        return bool(self._rows) or self._tx.first_open_run(self._listener.action.id) is not None

    def _row(self, moment: int, salt: str) -> NewRun:
        action = self._listener.action
        return NewRun(
            id=run_id(moment, action.id, "input", salt),
            agent=self._agent,
            action_id=action.id,
            action=action.position,
            type=type_of(self._listener.trigger.action),
            trigger="input",
            slot=moment,
            effective=moment,
            state="waiting",
            due_at=None,
            owner=None,
        )
