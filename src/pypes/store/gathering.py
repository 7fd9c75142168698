"""Gathering: inputs that wait for others, until a debounce is calm or a batch is full."""

from collections.abc import Iterable
from typing import Protocol

from pypes.model.flow import gathered_until, is_full
from pypes.store.births import Births
from pypes.store.listeners import Listener
from pypes.store.rows import ActionRow, Gathering
from pypes.store.tx import Tx


class Input(Protocol):
    """An input with its id."""

    @property
    def id(self) -> str:
        """It sorts by arrival."""
        ...

    @property
    def value(self) -> str:
        """Its JSON."""
        ...


class Gathered:
    """What one trigger has gathered: takes more inputs, and lets them become runs."""

    def __init__(self, tx: Tx, listener: Listener, births: Births, *, now: int) -> None:
        self._tx = tx
        self._listener = listener
        self._births = births
        self._now = now
        self._before = tx.gathering_of_action(listener.action.id)
        self._open = self._before

    def take(self, inputs: Iterable[Input]) -> None:
        """Gather inputs in their order."""
        for each in inputs:
            if self._open is not None and self._open.due_at <= self._now:
                self._let_go()
            self._add(each)
        self._save()

    def _add(self, each: Input) -> None:
        trigger, now, gathering = self._listener.trigger, self._now, self._open
        first_at = now if gathering is None else gathering.first_at
        joined = f"[{each.value}]"
        if gathering is not None and trigger.batch is not None:
            joined = f"{gathering.value[:-1]},{each.value}]"
        self._open = Gathering(
            action_id=self._listener.action.id,
            first_at=first_at,
            due_at=gathered_until(trigger, first_at=first_at, now=now),
            first_id=each.id if gathering is None else gathering.first_id,
            size=1 if gathering is None else gathering.size + 1,
            value=joined,
        )
        if is_full(trigger, size=self._open.size, length=len(joined)):
            self._let_go()

    def _let_go(self) -> None:
        if self._open is not None:
            self._births.add(self._open.first_id, self._open.value)
            self._open = None

    def _save(self) -> None:
        if self._open is None:
            if self._before is not None:
                self._tx.delete_gathering(self._listener.action.id)
        elif self._open != self._before:
            self._tx.save_gathering(self._open)
            self._tx.gathered = True


def release(tx: Tx, now: int, limit: int) -> int:
    """Let become runs what was gathered for long enough; how many."""
    due = tx.due_gatherings(now, limit)
    for each in due:
        listener, gathering = _listener_of(tx, each.action), each.gathering
        births = Births(tx, listener, agent=each.agent, now=now)
        if listener.is_paused(now):
            births.skip(gathering.size, "paused")
        else:
            births.add(gathering.first_id, gathering.value)
        births.write()
        tx.delete_gathering(gathering.action_id)
    return len(due)


def _listener_of(tx: Tx, action: ActionRow) -> Listener:
    schedule = tx.schedule_by_id(action.id)
    if schedule is None:
        return Listener(action, "active", None, None)
    return Listener(action, schedule.state, schedule.until, schedule.skip_run)


def end_flow(tx: Tx, action: ActionRow, *, agent: str, now: int) -> None:
    """A trigger left its agent: what it gathered becomes nothing, and the ledger says so."""
    gathering = tx.gathering_of_action(action.id)
    if gathering is not None:
        births = Births(tx, Listener(action, "active", None, None), agent=agent, now=now)
        births.skip(gathering.size, "replaced")
        births.write()
    tx.forget_flow(action.id)
