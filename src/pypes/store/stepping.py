"""How a run that is done step by step is written down: as it is taken up, after each step, at its end."""

from collections.abc import Collection
from typing import Any, NamedTuple

from pypes.instants import format_instant
from pypes.model.action import agent_id_of
from pypes.model.budget import Amount, Budget, Refused, Wish, day_of
from pypes.model.run import Claimed, Settled
from pypes.receipt import Spent
from pypes.store.alerting import raise_alert
from pypes.store.budgeting import amount_of, reserve, settle
from pypes.store.context import About, context_for
from pypes.store.run_rows import HeldRow, StepRow
from pypes.store.scheduling import pause_schedule
from pypes.store.tx import Tx


class Progress(NamedTuple):
    """What a run may speak about, what its templates could see of inputs, and what it has done so far."""

    context: dict[str, Any]
    seen: str | None
    steps: list[StepRow]


def progress_of(tx: Tx, run: Claimed, *, names: Collection[str], now: int) -> Progress:
    """Take a run up, from the start or where it was left."""
    about = About(run.id, run.agent, run.action_id, run.slot, run.trigger, run.attempt)
    known = context_for(tx, about, names=names, now=now)
    return Progress(known.context, known.seen, tx.steps_of_run(run.id))


def begin_asking(
    tx: Tx,
    run: Claimed,
    position: int,
    wish: Wish,
    *,
    owner: str,
    of_all: Budget,
    in_run: Amount,
    started_at: int,
    now: int,
) -> HeldRow | Refused | None:
    """Hold what a question may use, and say that it is about to be asked; None when the run is lost."""
    if not tx.hold_run(run.id, owner=owner, attempt=run.attempt, started_at=started_at):
        return None
    day, agent_id = day_of(now), agent_id_of(run.action_id)
    allowed = reserve(tx, wish, agent_id=agent_id, of_all=of_all, in_run=in_run, day=day)
    if isinstance(allowed, Refused):
        return allowed
    tx.begin_step(run.id, position, began_at=now, day=day, tokens=allowed.tokens, nano_usd=allowed.nano_usd)
    return HeldRow(day, allowed.tokens, allowed.nano_usd)


def note_step(
    tx: Tx,
    run: Claimed,
    position: int,
    *,
    owner: str,
    attempts: str,
    output: str,
    state: str | None,
    words: str,
    spent: Spent | None,
    started_at: int,
    now: int,
) -> bool:
    """Write down a step that others follow; False when the run is lost."""
    if not tx.note_attempts(
        run.id, owner=owner, attempt=run.attempt, attempts=attempts, started_at=started_at
    ):
        return False
    _settle_open(tx, run, spent)
    tx.save_step(run.id, position, began_at=now, output=output, state=state, words=words)
    return True


def close(tx: Tx, done: Settled, now: int) -> None:
    """Write what else follows from the end of such a run: what it used, and what the agent remembers."""
    run, closing = done.run, done.closing
    if closing is None:
        return
    _settle_open(tx, run, closing.spent)
    if done.state == "succeeded":
        tx.forget_steps(run.id)
        agent_id = agent_id_of(run.action_id)
        if closing.state is not None and tx.agent_options(agent_id) is not None:
            tx.save_state(agent_id, closing.state, now)
    if closing.pauses is not None:
        _pause(tx, done, closing.pauses, now)


def give_up_questions(tx: Tx, run_id: str, action_id: str) -> None:
    """A run is tried again by hand: a model is asked again, whatever became of the last question."""
    for held in tx.close_open_steps(run_id):
        settle(tx, held, agent_id=agent_id_of(action_id), used=None)


def _settle_open(tx: Tx, run: Claimed, spent: Spent | None) -> None:
    used = None if spent is None else amount_of(spent)
    for held in tx.close_open_steps(run.id):
        settle(tx, held, agent_id=agent_id_of(run.action_id), used=used)


def _pause(tx: Tx, done: Settled, note: str, now: int) -> None:
    run = done.run
    if not pause_schedule(tx, run.action_id, run.definition, note=note, until=None, now=now):
        return
    raise_alert(
        tx,
        agent=run.agent,
        action_id=run.action_id,
        now=now,
        event="schedule.paused",
        facts=lambda: {
            "action": run.action,
            "run": run.id,
            "slot": format_instant(run.slot),
            "reason": note,
        },
    )
