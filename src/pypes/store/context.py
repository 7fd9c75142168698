"""What conditions and templates may speak about: the agent, its inputs, the run, and its predecessor."""

import contextlib
from collections.abc import Collection
from typing import Any, NamedTuple

import msgspec

from pypes.errors import InvalidInput
from pypes.instants import format_instant
from pypes.model.action import agent_id_of
from pypes.model.run import Attempt
from pypes.store.run_rows import ReceiptRow
from pypes.store.tx import Tx
from pypes.template import Context, holds
from pypes.triggers import TimedTrigger

MOST_INPUTS = 100
MOST_BYTES = 256 * 1024
"""Of inputs, newest first: what does not fit is left out."""
MOST_OWN_BYTES = 1024 * 1024
"""Of the inputs that a run is about, which are never left out: what does not fit is a mistake."""

_ATTEMPTS = msgspec.json.Decoder(list[Attempt])


class About(NamedTuple):
    """The run that a template is rendered for."""

    run_id: str
    agent: str
    action_id: str
    slot: int
    trigger: str
    attempt: int


class Known(NamedTuple):
    """What a template may speak about, and the newest input that it could see."""

    context: dict[str, Any]
    seen: str | None


def context_of(
    tx: Tx, *, agent_id: str, agent: str, action_id: str, slot: int, trigger: str
) -> dict[str, Any]:
    """The names of a condition: `agent`, `inputs`, `since_last` (oldest first), `state`, `run`, `now`."""
    since = tx.seen_by_last_success(agent, action_id)
    inputs = _newest_inputs(tx, agent_id)
    return {
        "agent": agent,
        "inputs": [value for _, value in inputs],
        "since_last": [value for input_id, value in inputs if input_id > since],
        "state": remembered(tx, agent_id),
        "run": {"slot": format_instant(slot), "trigger": trigger},
        "now": format_instant(slot),
    }


class Newest:
    """The newest inputs of agents, as one transaction sees them: read and decoded once for many runs."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._known: dict[str, list[tuple[str, Any]]] = {}

    def of(self, agent_id: str) -> list[tuple[str, Any]]:
        """Ids and values, oldest first."""
        if agent_id not in self._known:
            self._known[agent_id] = _newest_inputs(self._tx, agent_id)
        return self._known[agent_id]


def context_for(
    tx: Tx, about: About, *, names: Collection[str], now: int, newest: Newest | None = None
) -> Known:
    """What the templates of one run may speak about, as far as they ask for it by `names`."""
    run = {
        "id": about.run_id,
        "slot": format_instant(about.slot),
        "trigger": about.trigger,
        "attempt": about.attempt,
    }
    context: dict[str, Any] = {"agent": about.agent, "run": run, "now": format_instant(now)}
    seen = None
    if "state" in names:
        context["state"] = remembered(tx, agent_id_of(about.action_id))
    if "last" in names:
        context["last"] = _last(tx.last_receipt(about.agent, about.action_id))
    own = tx.inputs_of_run(about.run_id) if {"input", "batch"} & set(names) else None
    if own is not None:
        context |= _own(own)
    if {"inputs", "since_last"} & set(names) or (own is None and {"input", "batch"} & set(names)):
        inputs = (newest or Newest(tx)).of(agent_id_of(about.action_id))
        values = [value for _, value in inputs]
        context = {"inputs": values, "batch": values[-1:], **_newest(values), **context}
        if "since_last" in names:
            since = tx.seen_by_last_success(about.agent, about.action_id)
            context["since_last"] = [value for input_id, value in inputs if input_id > since]
            seen = inputs[-1][0] if inputs else since
    return Known(context, seen)


def remembered(tx: Tx, agent_id: str) -> Any:
    """What an agent remembers; an empty object for one that was never told anything."""
    state = tx.agent_state(agent_id)
    return {} if state is None else msgspec.json.decode(state)


def note_seen(tx: Tx, trigger: TimedTrigger, *, agent_id: str, runs: list[str]) -> None:
    """Remember what a condition about `since_last` could see: what comes later is new to the next run."""
    if runs and trigger.when is not None and "since_last" in trigger.when:
        newest = tx.newest_input(agent_id) or ""
        tx.mark_seen((run, newest) for run in runs)


def objection(trigger: TimedTrigger, context: Context) -> str | None:
    """Why a slot does not run although it could: its `when` is false, or cannot be evaluated."""
    if trigger.when is None:
        return None
    try:
        return None if holds(trigger.when, context) else "condition"
    except InvalidInput as error:
        return f"condition: {error.message}"


def _newest(values: list[Any]) -> dict[str, Any]:
    """`input` of a run that is about none: the agent's newest, if there is one."""
    return {"input": values[-1]} if values else {}


def _own(value: str) -> dict[str, Any]:
    """`batch`, what a run is about, and `input`, the newest of it."""
    if len(value) > MOST_OWN_BYTES:
        raise InvalidInput(f"the run's inputs are larger than the {MOST_OWN_BYTES} bytes that templates take")
    try:
        batch = msgspec.json.decode(value)
    except msgspec.DecodeError:
        raise InvalidInput("the run's input holds a number that cannot be computed with") from None
    return {"input": batch[-1], "batch": batch}


def _last(row: ReceiptRow | None) -> dict[str, Any] | None:
    """What came of the action's last run; its body also as JSON, if it is that."""
    if row is None:
        return None
    attempts = _ATTEMPTS.decode(row.attempts)
    attempt = next((each for each in reversed(attempts) if each.note is None), attempts[-1])
    last = {
        "run": row.id,
        "state": row.state,
        "at": format_instant(row.finished_at),
        "status": attempt.status,
        "body": attempt.body,
        "error": attempt.error,
        "json": None,
        "output": _last_answer(attempts),
    }
    with contextlib.suppress(msgspec.DecodeError):
        last["json"] = msgspec.json.decode(attempt.body or "null")
    return last


def _last_answer(attempts: list[Attempt]) -> Any:
    """What a model answered in a run, the last time it did."""
    for attempt in reversed(attempts):
        if not isinstance(attempt.output, msgspec.UnsetType):
            return msgspec.json.decode(attempt.output)
    return None


def _newest_inputs(tx: Tx, agent_id: str) -> list[tuple[str, Any]]:
    inputs, size = [], 0
    for input_id, text in tx.inputs_page(agent_id, "g", MOST_INPUTS):
        size += len(text)
        if size > MOST_BYTES:
            break
        with contextlib.suppress(msgspec.DecodeError):  # a number beyond what can be computed with
            inputs.append((input_id, msgspec.json.decode(text)))
    return inputs[::-1]
