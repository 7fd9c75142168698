"""One keep-alive connection: writes a request, reads its answer, takes the next one."""

import asyncio
from typing import TYPE_CHECKING

from pypes.clock import SECOND
from pypes.engine.sender.answer import Answer
from pypes.engine.sender.connect import Phases
from pypes.receipt import Failure, Receipt, Timing

if TYPE_CHECKING:
    from pypes.engine.sender.pool import Pool
    from pypes.engine.sender.ticket import Ticket

DRAINED = 65_536
"""A rest of an answer up to this size is read and dropped, which is cheaper than a new connection."""
SLACK = 0.001
"""Seconds by which a timer may come early: the loop's clock ticks in milliseconds."""


class Connection(asyncio.Protocol):
    """Pulls requests from its pool, one at a time, as long as answers leave the connection usable.

    Everything happens in callbacks. One timer serves all deadlines: it is set again only when it rings before
    its time has come, or when a deadline is sooner than the timer, so most requests set none.
    """

    def __init__(self, pool: "Pool") -> None:
        self._pool = pool
        self._loop = pool.loop
        self._now = pool.clock.now
        self._tick = pool.clock.monotonic
        self._answer = Answer(pool.clip)
        self._ticket: Ticket | None = None
        self._fresh = True
        self._deadline = self._alarm_at = float("inf")
        self._alarm: asyncio.TimerHandle | None = None
        self.is_open = False
        self.phases: Phases | None = None
        """How long it took to get here, for the first receipt."""
        self._started = self._sent = 0
        self._first_byte: int | None = None
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport; the pool says when to begin."""
        self._transport = transport  # type: ignore[assignment]  # TCP always gives a Transport
        self.is_open = True

    def connection_lost(self, error: Exception | None) -> None:
        """Leave the pool, and end the exchange by what the lost connection means for it."""
        self.is_open = False
        try:
            self._leave(error)
        except Exception as bug:  # noqa: BLE001  the loop would drop it, and `done` with it
            self.break_off(f"internal error: {type(bug).__name__}: {bug}")

    def data_received(self, data: bytes) -> None:
        """Read the answer on; whatever goes wrong becomes the request's failure."""
        try:
            self._read(data)
        except Exception as bug:  # noqa: BLE001  the loop would drop it, and `done` with it
            self.break_off(f"internal error: {type(bug).__name__}: {bug}")

    def begin(self, ticket: "Ticket", deadline: float, *, fresh: bool = False) -> None:
        """Write the ticket's request; its answer must be complete at the deadline (loop time)."""
        request = ticket.request
        ticket.sent = True
        ticket.connection = self
        self._ticket = ticket
        self._fresh = fresh
        self._first_byte = None
        self._answer.expect(bodiless=request.method == "HEAD")
        self._expire_at(deadline)
        self._started = self._now()
        self._sent = self._tick()
        self._transport.write(request.data)

    def rest(self) -> None:
        """Wait for the next request, for as long as idle connections are kept."""
        self._expire_at(self._loop.time() + self._pool.idle_time)

    def abort(self) -> None:
        """Drop the connection, and what it is doing."""
        self._ticket = None
        self._transport.abort()

    def break_off(self, message: str) -> None:
        """Fail the exchange and drop the connection."""
        ticket = self._ticket
        failure = self._failure(message)
        self.abort()
        if ticket:
            ticket.end(failure)

    def _leave(self, error: Exception | None) -> None:
        """End the exchange; a reused connection that gave no byte was dead before the request came."""
        if self._alarm:
            self._alarm.cancel()
        ticket = self._ticket
        if ticket is None:
            self._pool.lost(self)
        elif not (self._fresh or self._answer.begun):
            self._ticket = None
            self._pool.retry(ticket, deadline=self._deadline)
            self._pool.lost(self)
        else:
            self._pool.lost(self)
            self._ticket = None
            ticket.end(self._last_outcome(error))

    def _last_outcome(self, error: Exception | None) -> Receipt | Failure:
        if error is None:
            self._answer.close()
        if self._answer.ready:
            return self._receipt()
        return self._failure(_lost(error, begun=self._answer.begun))

    def _read(self, data: bytes) -> None:
        if self._ticket is None:
            self._drain(data)
            return
        if self._first_byte is None:
            self._first_byte = self._tick() - self._sent
        answer = self._answer
        answer.feed(data)
        if answer.ready:
            self._finish()
        elif answer.complaint:
            self.break_off(answer.complaint)

    def _finish(self) -> None:
        """Give the receipt, after starting the next request: the other side works meanwhile."""
        receipt = self._receipt()
        ticket, self._ticket, self.phases = self._ticket, None, None
        try:
            self._go_on()
        finally:
            if ticket:
                ticket.end(receipt)

    def _go_on(self) -> None:
        """Take the next request, wait for one, read the rest of the answer first, or close."""
        answer = self._answer
        if not answer.keep or self._transport.get_write_buffer_size():
            self._transport.abort()
        elif answer.ended:
            self._pool.serve(self)
        elif answer.remainder is None or answer.remainder > DRAINED:
            self._transport.abort()

    def _drain(self, data: bytes) -> None:
        """Read what is left of an answer that has its receipt. Bytes on an idle connection end it."""
        if self._answer.ended:
            self._transport.abort()
            return
        self._answer.feed(data)
        if self._answer.ended or not self._answer.keep:
            self._go_on()

    def _expire_at(self, deadline: float) -> None:
        self._deadline = deadline
        if deadline < self._alarm_at:
            self._set_alarm(deadline)

    def _set_alarm(self, at: float) -> None:
        if self._alarm:
            self._alarm.cancel()
        self._alarm_at = at
        self._alarm = self._loop.call_at(at, self._ring)

    def _ring(self) -> None:
        if self._loop.time() + SLACK < self._deadline:
            self._set_alarm(self._deadline)
        elif self._ticket:
            self.break_off(f"no answer within {self._ticket.request.timeout / SECOND:g} s")
        else:
            self._transport.abort()

    def _receipt(self) -> Receipt:
        answer = self._answer
        total = self._tick() - self._sent
        return Receipt(
            status=answer.status,
            started=self._started,
            finished=self._started + total,
            bytes=answer.size,
            clipped=answer.clipped,
            body=answer.text(),
            retry_after=answer.retry_after,
            timing=self._timing(total),
        )

    def _failure(self, message: str) -> Failure:
        total = self._tick() - self._sent
        return Failure(
            message=message,
            retryable=True,
            started=self._started,
            finished=self._started + total,
            timing=self._timing(total),
        )

    def _timing(self, total: int) -> Timing:
        way = self.phases
        if way is None:
            return Timing(first_byte=self._first_byte, total=total)
        return Timing(
            resolve=way.resolve, connect=way.connect, tls=way.tls, first_byte=self._first_byte, total=total
        )


def _lost(error: Exception | None, *, begun: bool) -> str:
    how = "reset" if isinstance(error, ConnectionResetError) else "closed"
    when = "in the middle of the answer" if begun else "before an answer"
    return f"the connection was {how} {when}"
