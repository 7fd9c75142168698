"""What a caller holds of a request that was handed to the sender."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from pypes.receipt import Failure, Receipt
from pypes.request import Origin, Request

if TYPE_CHECKING:
    from pypes.engine.sender.connection import Connection

Done = Callable[[Receipt | Failure], None]


class Ticket:
    """One request on its way. `done` is None as soon as it has been called, or never will be."""

    __slots__ = ("deadline", "done", "holder", "request", "sent", "since")

    def __init__(self, request: Request, done: Done) -> None:
        self.request = request
        self.done: Done | None = done
        self.sent = False
        """True once its bytes were handed to a connection."""
        self.holder: Queue | Connection | None = None
        """Where it waits, or the connection that serves it."""
        self.since = 0
        """When it began to wait for a connection."""
        self.deadline = 0
        """When it must be answered, if it was sent on a connection that turned out to be dead; else 0."""

    @property
    def origin(self) -> Origin:
        """Where it goes."""
        return self.request.origin

    def cancel(self) -> bool:
        """Give the request up: `done` is not called. True if nothing of it was sent, nor ever will be.

        A request that was sent is broken off by dropping its connection; one that is over stays so.
        """
        if self.done is None:
            return False
        self.done = None
        if self.holder is not None:
            self.holder.give_up()
        return not self.sent

    def end(self, outcome: Receipt | Failure) -> None:
        """Call `done`, once; its own mistakes are the loop's to report, and harm no other request."""
        done = self.done
        self.done = self.holder = None
        if done is None:
            return
        try:
            done(outcome)
        except Exception as bug:  # noqa: BLE001  a caller's bug must not break the connection's state
            asyncio.get_running_loop().call_exception_handler({"message": "done() failed", "exception": bug})


class Queue:
    """Tickets in the order in which they came; the cancelled ones leave when their turn comes.

    None is given as long as `may_begin` says no.
    """

    def __init__(self, may_begin: Callable[[], bool] = lambda: True) -> None:
        self._may_begin = may_begin
        self._tickets: deque[Ticket] = deque()
        self._given_up = 0

    def __len__(self) -> int:
        return len(self._tickets) - self._given_up

    def __iter__(self) -> Iterator[Ticket]:
        return (ticket for ticket in self._tickets if ticket.done)

    def give_up(self) -> None:
        """Count one ticket less: it was cancelled."""
        self._given_up += 1

    def append(self, ticket: Ticket) -> None:
        """Let a ticket wait."""
        ticket.holder = self
        self._tickets.append(ticket)

    def first(self) -> Ticket | None:
        """Show the ticket whose turn is next."""
        return next(iter(self), None)

    def take(self) -> Ticket | None:
        """Give the ticket whose turn it is, if one may begin."""
        tickets = self._tickets
        while tickets and self._may_begin():
            ticket = tickets.popleft()
            if ticket.done:
                ticket.holder = None
                return ticket
            self._given_up -= 1
        return None

    def take_those(self, chosen: Callable[[Ticket], bool]) -> list[Ticket]:
        """Give all of whom this is true, whatever their turn."""
        taken: list[Ticket] = []
        kept: deque[Ticket] = deque()
        for ticket in self:
            (taken if chosen(ticket) else kept).append(ticket)
        self._tickets, self._given_up = kept, 0
        for ticket in taken:
            ticket.holder = None
        return taken
