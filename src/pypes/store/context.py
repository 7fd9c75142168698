"""What conditions may speak about: the agent, its newest inputs, and the run that is about to be born."""

import contextlib
from typing import Any

import msgspec

from pypes.errors import InvalidInput
from pypes.instants import format_instant
from pypes.store.tx import Tx
from pypes.template import holds
from pypes.triggers import TimedTrigger

MOST_INPUTS = 100
MOST_BYTES = 256 * 1024
"""Of inputs, newest first: what does not fit is left out."""


def context_of(
    tx: Tx, *, agent_id: str, agent: str, action_id: str, slot: int, trigger: str
) -> dict[str, Any]:
    """The names of a condition: `agent`, `inputs` and `since_last` (oldest first), `run`, `now`."""
    last = tx.last_success(agent, action_id)
    inputs = _newest_inputs(tx, agent_id)
    since = "" if last is None else f"{last:014x}"
    return {
        "agent": agent,
        "inputs": [value for _, value in inputs],
        "since_last": [value for input_id, value in inputs if input_id >= since],
        "run": {"slot": format_instant(slot), "trigger": trigger},
        "now": format_instant(slot),
    }


def objection(trigger: TimedTrigger, context: dict[str, Any]) -> str | None:
    """Why a slot does not run although it could: its `when` is false, or cannot be evaluated."""
    if trigger.when is None:
        return None
    try:
        return None if holds(trigger.when, context) else "condition"
    except InvalidInput as error:
        return f"condition: {error.message}"


def _newest_inputs(tx: Tx, agent_id: str) -> list[tuple[str, Any]]:
    inputs, size = [], 0
    for input_id, text in tx.inputs_page(agent_id, "g", MOST_INPUTS):
        size += len(text)
        if size > MOST_BYTES:
            break
        with contextlib.suppress(msgspec.DecodeError):  # a number beyond what can be computed with
            inputs.append((input_id, msgspec.json.decode(text)))
    return inputs[::-1]
