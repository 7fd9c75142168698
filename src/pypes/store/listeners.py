"""Listener: a trigger that fires on inputs, as the store knows it."""

from typing import NamedTuple

from pypes.model.action import decode_action
from pypes.store.rows import ActionRow
from pypes.triggers.on_input import OnInput


class Listener(NamedTuple):
    """A trigger that fires on inputs, and whether it is paused."""

    action: ActionRow
    state: str
    until: int | None
    skip_run: str | None
    """The skipped row that further skipped inputs would continue."""

    @property
    def trigger(self) -> OnInput:
        """What it says."""
        action = decode_action(self.action.definition)
        if not isinstance(action, OnInput):
            raise TypeError(f"not a trigger that fires on inputs: {self.action.definition}")
        return action

    def is_paused(self, now: int) -> bool:
        """Whether it lets inputs pass: a pause ends by itself if that was asked for."""
        return self.state == "paused" and (self.until is None or self.until > now)
