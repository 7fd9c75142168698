"""Held: a run that this daemon holds, and what all runs of one definition share."""

from functools import lru_cache

from pypes.engine.sender import Ticket
from pypes.model.action import MOST_REMEMBERED, decode_action, step_of
from pypes.model.run import Claimed
from pypes.request import Request
from pypes.steps.call import Call
from pypes.steps.rendering import ready
from pypes.steps.webhook import Webhook

PLAIN = ready(Webhook(url="http://localhost/"))
"""Stands in for a definition that cannot be read, so that its failure is settled like any other."""


@lru_cache(maxsize=MOST_REMEMBERED)
def ready_call(definition: str) -> Call | None:
    """What all runs of one definition share; None when they are done step by step."""
    step = step_of(decode_action(definition))
    return ready(step) if isinstance(step, Webhook) else None


class Held:
    """From its claim to its outcome; without a request until it is rendered."""

    __slots__ = ("call", "is_noted", "request", "run", "since", "ticket")

    def __init__(self, run: Claimed, call: Call, request: Request | None) -> None:
        self.run = run
        self.call = call
        self.request = request
        self.ticket: Ticket | None = None
        self.since = 0
        """When it was handed to the sender."""
        self.is_noted = False
        """Whether it is on disk that it was sent."""

    @property
    def is_sent(self) -> bool:
        """Whether its bytes were handed to a connection."""
        return self.ticket is not None and self.ticket.sent
