"""Options: what can be set for one agent beyond its actions."""

from collections.abc import Callable

import msgspec

from pypes.errors import InvalidInput
from pypes.instants import parse_duration
from pypes.model.budget import Budget
from pypes.steps.webhook import Webhook

MOST_KEPT = 1_000_000_000
MOST_SCHEDULED = 1000
"""The largest `may_schedule`."""


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """As they are written; each may be left out."""

    keep_inputs: int | None = None
    """How many of its newest inputs are kept; the daemon's own setting when absent."""
    keep_inputs_for: str | None = None
    """How long an input is kept; the daemon's own setting when absent."""

    on_failure: Webhook | None = None
    """Told when a run fails, slots are missed, or a trigger pauses itself: once a minute and action."""

    budget: Budget | None = None
    """How much models may use for this agent."""

    may_schedule: int | None = None
    """How many actions the agents that its runs create may have together; they create none when absent."""

    def check(self) -> None:
        """Raise `InvalidInput` for what makes no sense."""
        if self.budget is not None:
            _at("budget", self.budget.check)
        if self.on_failure is not None:
            _at("on_failure", self.on_failure.check)
        _check_range("keep_inputs", self.keep_inputs, MOST_KEPT)
        _check_range("may_schedule", self.may_schedule, MOST_SCHEDULED)
        if self.keep_inputs_for is not None:
            text = self.keep_inputs_for
            _at("keep_inputs_for", lambda: parse_duration(text))


def _check_range(field: str, value: int | None, most: int) -> None:
    if value is not None and not 0 <= value <= most:
        raise InvalidInput(f"{field} is between 0 and {most}", f"$.options.{field}")


def _at(field: str, check: Callable[[], object]) -> None:
    try:
        check()
    except InvalidInput as error:
        raise error.under(f"$.options.{field}") from None
