"""The connections to one origin, and the requests that wait for them."""

import asyncio
from itertools import chain
from typing import TYPE_CHECKING

from pypes.clock import SECOND
from pypes.engine.sender.connect import CannotConnect
from pypes.engine.sender.connection import SLACK, Connection
from pypes.engine.sender.ticket import Done, Queue, Ticket
from pypes.receipt import Failure, Timing
from pypes.request import Origin, Request

if TYPE_CHECKING:
    from pypes.engine.sender import Sender

BREATHER = 1.0
"""Seconds without further growth after a failed attempt, while other connections still work."""
FOREVER = float("inf")
COARSE = 0.05
"""Seconds at least between two looks for requests that waited too long for a connection."""


class Pool:
    """Hands each waiting request to the first connection that is free, and opens connections as needed.

    There are never more attempts to connect than requests waiting, nor more connections and attempts
    together than `per_host`. An attempt belongs to nobody: whoever waits longest gets its connection.

    While no connection is open the pool is *dry*: waiting is then part of connecting and counts towards
    each request's timeout. An attempt that fails in a dry pool fails all who waited when it began; one that
    fails beside working connections fails nobody, except retries, which no other connection may serve.
    """

    def __init__(self, sender: "Sender", origin: Origin) -> None:
        self.origin = origin
        self.loop = asyncio.get_running_loop()
        self.clock = sender.clock
        self.clip = sender.clip
        self.idle_time = sender.idle / SECOND
        self._sender = sender
        self._waiting = Queue()
        self._retries = Queue()
        self._queues = (self._retries, self._waiting)
        self._idle: list[Connection] = []
        self._connections: set[Connection] = set()
        self._attempts: set[asyncio.Task[None]] = set()
        self._dry_since = self._grow_after = 0.0
        self._alarm: asyncio.TimerHandle | None = None
        self._empty = asyncio.Event()

    @property
    def waiting(self) -> int:
        """How many requests have not begun."""
        return len(self._waiting)

    @property
    def in_flight(self) -> int:
        """How many connections are not idle."""
        return len(self._connections) - len(self._idle)

    def send(self, request: Request, done: Done) -> Ticket:
        """Write the request on an idle connection, or let it wait for one."""
        ticket = Ticket(request, done)
        if self._idle:
            self._idle.pop().begin(ticket, self.loop.time() + request.timeout / SECOND)
        else:
            self._wait(ticket)
        return ticket

    def serve(self, connection: Connection) -> None:
        """Give a free connection the next request, or let it rest."""
        if ticket := self._waiting.take():
            connection.begin(ticket, self.loop.time() + ticket.request.timeout / SECOND)
        else:
            self._idle.append(connection)
            connection.rest()

    def retry(self, ticket: Ticket, *, deadline: float) -> None:
        """Queue for a fresh connection what was written to a dead one; the deadline stays."""
        ticket.retried = True
        ticket.connection = None
        ticket.deadline = deadline
        self._retries.append(ticket, since=self.loop.time())
        self._watch(deadline)

    def lost(self, connection: Connection) -> None:
        """Forget a closed connection, and open another if somebody waits."""
        if connection not in self._connections:
            return
        self._connections.remove(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        if not self._connections:
            self._dry_since = self.loop.time()
            self._grow_after = 0.0
            if self._waiting:
                self._watch(self._dry_since + COARSE)
        self._grow()
        self._leave_if_empty()

    def drop_idle(self) -> int:
        """Close the connections that nobody uses; give their number."""
        dropped, self._idle = self._idle, []
        for connection in dropped:
            connection.abort()
        return len(dropped)

    async def close(self, message: str) -> None:
        """Fail whoever waits or is being served, and close everything."""
        waiting = [ticket for queue in self._queues for ticket in queue.take_those(lambda _: True)]
        self._fail(waiting, message, started=self.clock.now())
        for attempt in self._attempts:
            attempt.cancel()
        for connection in tuple(self._connections):
            connection.break_off(message)
        await self._empty.wait()

    def _wait(self, ticket: Ticket) -> None:
        self._waiting.append(ticket, since=self.loop.time())
        if not self._connections:
            self._watch(self._due(ticket))
        if len(self._connections) + len(self._attempts) < self._sender.per_host:
            self._grow()

    def _grow(self) -> None:
        """Begin as many attempts as are wanted and allowed."""
        useful = len(self._waiting) + len(self._retries)
        wanted = min(useful, self._sender.per_host - len(self._connections)) - len(self._attempts)
        if wanted <= 0 or (self.loop.time() < self._grow_after and not self._retries):
            return
        first = self._retries.first() or self._waiting.first()
        patience = first.request.timeout / SECOND if first else 0.0
        for _ in range(wanted):
            attempt = self.loop.create_task(self._connect(patience))
            self._attempts.add(attempt)
            attempt.add_done_callback(self._attempted)

    def _attempted(self, attempt: asyncio.Task[None]) -> None:
        self._attempts.remove(attempt)
        self._grow()
        self._leave_if_empty()

    async def _connect(self, patience: float) -> None:
        """Open one connection and put it to work; there is nobody to raise to."""
        began, started = self.loop.time(), self.clock.now()
        connection = Connection(self)
        try:
            async with asyncio.timeout(patience):
                connection.phases = await self._sender.connector.open(self.origin, lambda: connection)
        except TimeoutError:
            self._give_up_late()
        except CannotConnect as error:
            if not (error.starved and self._sender.drop_idle()):
                self._failed(error, began, started)
        except Exception as bug:  # noqa: BLE001  nobody awaits this task: who waits must hear of it
            self._failed(CannotConnect(f"internal error: {type(bug).__name__}: {bug}"), began, started)
        else:
            self._employ(connection, began, started)

    def _employ(self, connection: Connection, began: float, started: int) -> None:
        """Give a new connection its first request, which is charged for the time it took to connect."""
        if not connection.is_open:
            closed = CannotConnect(f"cannot connect to {self.origin}: the connection was closed at once")
            self._failed(closed, began, started)
            return
        self._connections.add(connection)
        if ticket := self._retries.take():
            connection.begin(ticket, ticket.deadline, fresh=True)
        elif ticket := self._waiting.take():
            since = max(ticket.since, began)
            connection.begin(ticket, since + ticket.request.timeout / SECOND, fresh=True)
        else:
            self.serve(connection)

    def _failed(self, error: CannotConnect, began: float, started: int) -> None:
        """Fail those for whom the attempt was the hope."""
        hopeless = self._retries.take_those(lambda ticket: ticket.since <= began)
        if self._connections:
            self._grow_after = self.loop.time() + BREATHER
        else:
            hopeless += self._waiting.take_those(lambda ticket: ticket.since <= began)
        self._fail(hopeless, error.message, retryable=error.retryable, started=started)

    def _due(self, ticket: Ticket) -> float:
        """When the ticket has waited too long for a connection (loop time)."""
        if ticket.retried:
            return ticket.deadline
        if self._connections:
            return FOREVER
        return max(ticket.since, self._dry_since) + ticket.request.timeout / SECOND

    def _watch(self, at: float) -> None:
        """Look for late requests at that moment, or sooner if that is already planned."""
        if self._alarm and at < self._alarm.when():
            self._alarm.cancel()
            self._alarm = None
        if self._alarm is None:
            self._alarm = self.loop.call_at(at, self._give_up_late)

    def _give_up_late(self) -> None:
        """Fail who has waited too long, and look again when the next one will have."""
        if self._alarm:
            self._alarm.cancel()
            self._alarm = None
        now = self.loop.time() + SLACK
        late = [queue.take_those(lambda ticket: self._due(ticket) <= now) for queue in self._queues]
        for ticket in chain(*late):
            message = f"no connection within {ticket.request.timeout / SECOND:g} s"
            started = self.clock.now() - ticket.request.timeout
            self._fail([ticket], f"cannot connect to {self.origin}: {message}", started=started)
        due = min(map(self._due, chain(*self._queues)), default=FOREVER)
        if due < FOREVER:
            self._watch(max(due, now + COARSE))

    def _fail(self, tickets: list[Ticket], message: str, *, started: int, retryable: bool = True) -> None:
        finished = self.clock.now()
        timing = Timing(total=finished - started)
        failure = Failure(message, retryable=retryable, started=started, finished=finished, timing=timing)
        for ticket in tickets:
            ticket.end(failure)

    def _leave_if_empty(self) -> None:
        if not (self._connections or self._attempts or any(self._queues)):
            if self._alarm:
                self._alarm.cancel()
            self._sender.forget(self)
            self._empty.set()
