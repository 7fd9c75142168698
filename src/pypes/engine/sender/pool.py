"""The connections to one origin, and the requests that wait for them."""

import asyncio
from itertools import chain
from typing import TYPE_CHECKING

from pypes.clock import SECOND
from pypes.engine.sender.alarm import COARSE, FOREVER, Alarm
from pypes.engine.sender.connect import CannotConnect
from pypes.engine.sender.connection import Connection
from pypes.engine.sender.ticket import Done, Queue, Ticket
from pypes.receipt import Failure, Timing
from pypes.request import Origin, Request

if TYPE_CHECKING:
    from pypes.engine.sender import Sender

BREATHER = SECOND
"""How long nothing grows after a failed attempt, while other connections still work."""


class Pool:
    """Hands each waiting request to the first connection that is free, and opens connections as needed.

    There are never more attempts to connect than requests waiting or announced, nor more connections and
    attempts together than `per_host`. An attempt belongs to nobody: who waits longest gets its connection.

    While no connection is open the pool is *dry*: waiting is then part of connecting and counts towards
    each request's timeout. An attempt that fails in a dry pool fails all who waited when it began; one that
    fails beside working connections fails nobody, except retries, which no other connection may serve.
    """

    def __init__(self, sender: "Sender", origin: Origin) -> None:
        self.origin = origin
        self.loop = asyncio.get_running_loop()
        self.now = sender.clock.now
        self.tick = sender.clock.monotonic
        self.clip = sender.clip
        self.heads = sender.heads
        self.idle_time = sender.idle
        self.alarm = Alarm(self.tick, self._look)
        self._sender = sender
        self._proxy = sender.connector.proxy_for(origin)
        self._waiting = Queue(sender.may_begin)
        self._retries = Queue()
        self._queues = (self._retries, self._waiting)
        self._idle: list[Connection] = []
        self._connections: set[Connection] = set()
        self._attempts: set[asyncio.Task[None]] = set()
        self._planned = 0
        """Attempts that the sender will call for, in a while."""
        self._dry_since = self._grow_after = 0
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
        ticket = Ticket(self._proxy.worded(request) if self._proxy else request, done)
        tick = self.tick()
        if self._idle:
            self._idle.pop().begin(ticket, sent=tick, deadline=tick + request.timeout)
        else:
            ticket.since = tick
            self._waiting.append(ticket)
            if not self._connections:
                self.alarm.by(self._due(ticket))
            if len(self._connections) + len(self._attempts) < self._sender.per_host:
                self._grow()
        return ticket

    def serve(self, connection: Connection, tick: int) -> None:
        """Give a free connection the next request, or let it rest."""
        if ticket := self._waiting.take():
            connection.begin(ticket, sent=tick, deadline=tick + ticket.request.timeout)
        else:
            self._idle.append(connection)
            connection.rest(tick)

    def go_on(self) -> None:
        """Give idle connections what waited because nothing might begin."""
        while self._waiting and self._idle and (ticket := self._waiting.take()):
            tick = self.tick()
            self._idle.pop().begin(ticket, sent=tick, deadline=tick + ticket.request.timeout)

    def warm(self, wanted: int, *, until: int) -> None:
        """Have that many idle connections at that moment: keep what would be closed before, and open more."""
        for connection in tuple(self._idle):
            if not connection.keep_until(until):
                self._rested(connection)
                connection.give_up()
        missing = min(wanted - len(self._idle) - len(self._attempts), self._room) - self._planned
        if missing > 0:
            self._planned += missing
            self._sender.open_soon(self, missing)

    def open_planned(self) -> None:
        """Begin to open a connection ahead of need, if there is still room for one."""
        self._planned -= 1
        if self._room > 0:
            self._attempt(None)

    @property
    def _room(self) -> int:
        """How many more attempts are allowed."""
        return self._sender.per_host - len(self._connections) - len(self._attempts)

    def retry(self, ticket: Ticket, *, deadline: int) -> None:
        """Queue for a fresh connection what was written to a dead one; the deadline stays."""
        ticket.since = self.tick()
        ticket.deadline = deadline
        self._retries.append(ticket)
        self.alarm.by(deadline)

    def lost(self, connection: Connection) -> None:
        """Forget a closed connection, and open another if somebody waits."""
        if connection not in self._connections:
            return
        self._connections.remove(connection)
        self._rested(connection)
        if not self._connections:
            self._dry_since = self.tick()
            self._grow_after = 0
            if self._waiting:
                self.alarm.by(self._dry_since + COARSE)
        self._grow()
        self._leave_if_empty()

    def drop_idle(self) -> int:
        """Close the connections that nobody uses; give their number."""
        dropped, self._idle = self._idle, []
        for connection in dropped:
            connection.give_up()
        return len(dropped)

    async def close(self, message: str) -> None:
        """Fail whoever waits or is being served, and close everything."""
        waiting = [ticket for queue in self._queues for ticket in queue.take_those(lambda _: True)]
        self._fail(waiting, message, started=self.now())
        for attempt in self._attempts:
            attempt.cancel()
        for connection in tuple(self._connections):
            connection.break_off(message)
        self._planned = 0
        self._leave_if_empty()
        await self._empty.wait()

    def _grow(self) -> None:
        """Begin as many attempts as are wanted and allowed."""
        useful = len(self._waiting) + len(self._retries)
        wanted = min(useful, self._sender.per_host - len(self._connections)) - len(self._attempts)
        if wanted <= 0 or (self._grow_after and self.tick() < self._grow_after and not self._retries):
            return
        first = self._retries.first() or self._waiting.first()
        for _ in range(wanted):
            self._attempt(first.request.timeout / SECOND if first else None)

    def _attempt(self, patience: float | None) -> None:
        attempt = self.loop.create_task(self._connect(patience))
        self._attempts.add(attempt)
        attempt.add_done_callback(self._attempted)

    def _attempted(self, attempt: asyncio.Task[None]) -> None:
        self._attempts.remove(attempt)
        self._grow()
        self._leave_if_empty()

    async def _connect(self, patience: float | None) -> None:
        """Open one connection and put it to work; there is nobody to raise to."""
        began, started = self.tick(), self.now()
        connection = Connection(self)
        try:
            async with asyncio.timeout(patience):
                connection.phases = await self._sender.connector.open(self.origin, lambda: connection)
            self._employ(connection, began, started)
        except TimeoutError:
            self.alarm.ring()
        except CannotConnect as error:
            is_hoped_for = any(self._queues)
            if not (error.starved and is_hoped_for and self._sender.drop_idle()):
                self._failed(error, began, started)
        except Exception as bug:  # noqa: BLE001  nobody awaits this task: who waits must hear of it
            self._failed(CannotConnect(f"internal error: {type(bug).__name__}: {bug}"), began, started)

    def _employ(self, connection: Connection, began: int, started: int) -> None:
        """Give a new connection its first request, which is charged for the time it took to connect."""
        if not connection.is_open:
            closed = CannotConnect(f"cannot connect to {self.origin}: the connection was closed at once")
            self._failed(closed, began, started)
            return
        self._connections.add(connection)
        tick = self.tick()
        if ticket := self._retries.take():
            connection.begin(ticket, sent=tick, deadline=ticket.deadline, fresh=True)
        elif ticket := self._waiting.take():
            deadline = max(ticket.since, began) + ticket.request.timeout
            connection.begin(ticket, sent=tick, deadline=deadline, fresh=True)
        else:
            self.serve(connection, tick)

    def _failed(self, error: CannotConnect, began: int, started: int) -> None:
        """Fail those for whom the attempt was the hope."""
        hopeless = self._retries.take_those(lambda ticket: ticket.since <= began)
        if self._connections:
            self._grow_after = self.tick() + BREATHER
        else:
            hopeless += self._waiting.take_those(lambda ticket: ticket.since <= began)
        self._fail(hopeless, error.message, retryable=error.retryable, started=started)

    def _due(self, ticket: Ticket) -> int:
        """When the ticket has waited too long for a connection."""
        if ticket.deadline:
            return ticket.deadline
        if self._connections:
            return FOREVER
        return max(ticket.since, self._dry_since) + ticket.request.timeout

    def _look(self, now: int) -> int:
        """End what has taken too long; give the moment at which the next one will have."""
        for connection in tuple(self._connections):
            if connection.deadline <= now:
                self._rested(connection)
                connection.expire()
        queues = (self._retries,) if self._connections else self._queues  # else nobody else can be late
        late = [queue.take_those(lambda ticket: self._due(ticket) <= now) for queue in queues]
        for ticket in chain(*late):
            message = f"no connection within {ticket.request.timeout / SECOND:g} s"
            started = self.now() - ticket.request.timeout
            self._fail([ticket], f"cannot connect to {self.origin}: {message}", started=started)
        deadlines = (connection.deadline for connection in self._connections)
        return min(chain(deadlines, map(self._due, chain(*queues))), default=FOREVER)

    def _rested(self, connection: Connection) -> None:
        """Give a connection no further request, if it is idle."""
        if connection in self._idle:
            self._idle.remove(connection)

    def _fail(self, tickets: list[Ticket], message: str, *, started: int, retryable: bool = True) -> None:
        finished = self.now()
        timing = Timing(total=finished - started)
        failure = Failure(message, retryable=retryable, started=started, finished=finished, timing=timing)
        for ticket in tickets:
            ticket.end(failure)

    def _leave_if_empty(self) -> None:
        if not (self._connections or self._attempts or self._planned or any(self._queues)):
            self.alarm.stop()
            self._sender.forget(self)
            self._empty.set()
