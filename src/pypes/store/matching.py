"""Which of some inputs a trigger fires on: those for which its `when` is true."""

from typing import NamedTuple

import msgspec

from pypes.errors import InvalidInput
from pypes.instants import format_instant
from pypes.store.context import MOST_BYTES
from pypes.store.listeners import Listener
from pypes.template import Context, holds


class Verdict(NamedTuple):
    """What `when` says of one input."""

    matches: bool
    reason: str | None = None
    """Why it could not be asked."""


Verdicts = dict[str, list[Verdict]]
"""By the trigger's definition: one verdict for each input, in their order."""

_YES, _NO = Verdict(matches=True), Verdict(matches=False)


def judge(listeners: list[Listener], values: list[str], *, agent: str, now: int) -> Verdicts:
    """Ask each trigger about each input, which is a JSON text."""
    conditions = {each.action.definition: each.trigger.when for each in listeners}
    verdicts: Verdicts = {definition: [_YES] * len(values) for definition in conditions}
    asked = {definition: when for definition, when in conditions.items() if when is not None}
    if asked:
        context = {"agent": agent, "now": format_instant(now)}
        parsed = [_parsed(value) for value in values]
        for definition, when in asked.items():
            verdicts[definition] = [_ask(when, context, value) for value in parsed]
    return verdicts


def _ask(when: str, context: Context, value: object) -> Verdict:
    if isinstance(value, InvalidInput):
        return Verdict(matches=False, reason=f"condition: {value.message}")
    try:
        return _YES if holds(when, {**context, "input": value}) else _NO
    except InvalidInput as error:
        return Verdict(matches=False, reason=f"condition: {error.message}")


def _parsed(value: str) -> object:
    """The value, or why it cannot be one that conditions speak about."""
    if len(value) > MOST_BYTES:
        return InvalidInput(f"the input is larger than the {MOST_BYTES} bytes that conditions take")
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:
        return InvalidInput("the input holds a number that cannot be computed with")
