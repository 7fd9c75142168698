"""One keep-alive connection: writes a request, reads its answer, takes the next one."""

import asyncio
from typing import TYPE_CHECKING

from pypes.clock import SECOND
from pypes.engine.sender.alarm import FOREVER
from pypes.engine.sender.answer import Answer, text_of
from pypes.engine.sender.connect import Phases
from pypes.engine.sender.heads import END_OF_HEAD, Head
from pypes.receipt import Failure, Receipt, Timing

if TYPE_CHECKING:
    from pypes.engine.sender.pool import Pool
    from pypes.engine.sender.ticket import Ticket

DRAINED = 65_536
"""A rest of an answer up to this size is read and dropped, which is cheaper than a new connection."""
MARGIN = 1 * SECOND
"""So long before the server would close an idle connection we do: who closes first is never surprised."""


class Connection(asyncio.Protocol):
    """Pulls requests from its pool, one at a time, as long as answers leave the connection usable.

    Everything happens in callbacks. The pool looks at `deadline` for all its connections at once, so that no
    request sets a timer. All moments are the monotonic clock's, in microseconds.
    """

    def __init__(self, pool: "Pool") -> None:
        self._pool = pool
        self._now = pool.now
        self._tick = pool.tick
        self._alarm = pool.alarm
        self._known = pool.heads.known
        self._answer = Answer(pool.clip)
        self._ticket: Ticket | None = None
        self._fresh = True
        self._started = self._sent = 0
        self._first_byte: int | None = None
        self._kept_for: int | None = None
        self._server_closes = FOREVER
        self._transport: asyncio.Transport
        self.is_open = False
        self.deadline = FOREVER
        """When the exchange must be over, or the connection has been idle for too long."""
        self.phases: Phases | None = None
        """How long it took to get here, for the first receipt."""

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
        """Read the answer on; whatever goes wrong becomes the request's failure.

        Nearly every answer arrives whole, after its request has left, and begins with a head that is known.
        """
        try:
            ticket = self._ticket
            if ticket is None:
                self._drain(data)
            elif self._first_byte is not None or self._transport.get_write_buffer_size():
                self._read(ticket, data)
            else:
                start = data[: data.find(END_OF_HEAD) + len(END_OF_HEAD)]
                head = self._known.get(start)
                rest = len(data) - len(start)
                if head is None or head.length != rest or ticket.request.method == "HEAD":
                    self._read(ticket, data, start)
                else:
                    self._finish_known(ticket, head, data[-rest:] if rest else b"")
        except Exception as bug:  # noqa: BLE001  the loop would drop it, and `done` with it
            self.break_off(f"internal error: {type(bug).__name__}: {bug}")

    def begin(self, ticket: "Ticket", *, sent: int, deadline: int, fresh: bool = False) -> None:
        """Write the ticket's request now, at `sent`; its answer must be complete at the deadline."""
        ticket.sent = True
        ticket.holder = self
        self._ticket = ticket
        self._fresh = fresh
        self._first_byte = None
        self._sent = sent
        self.deadline = deadline
        if deadline < self._alarm.at:
            self._alarm.by(deadline)
        self._started = self._now()
        self._transport.write(ticket.request.data)

    def rest(self, since: int) -> None:
        """Wait for the next request, for as long as idle connections are kept, here and there."""
        self.phases = None
        self._server_closes = FOREVER if self._kept_for is None else since + self._kept_for * SECOND - MARGIN
        self.deadline = min(since + self._pool.idle_time, self._server_closes)
        self._alarm.by(self.deadline)

    def keep_until(self, moment: int) -> bool:
        """Rest on until then at least; False if the server will have closed by then."""
        self.deadline = max(self.deadline, min(moment, self._server_closes))
        return self._server_closes > moment

    def expire(self) -> None:
        """End what has gone on for too long."""
        if self._ticket:
            self.break_off(f"no answer within {self._ticket.request.timeout / SECOND:g} s")
        else:
            self.give_up()

    def give_up(self) -> None:
        """Drop the connection, and what it is doing."""
        self._ticket = None
        self.deadline = FOREVER
        self._transport.abort()

    def break_off(self, message: str) -> None:
        """Fail the exchange and drop the connection."""
        ticket = self._ticket
        failure = self._failure(message)
        self.give_up()
        if ticket:
            ticket.end(failure)

    def _leave(self, error: Exception | None) -> None:
        """End the exchange; a reused connection that gave no byte was dead before the request came."""
        ticket = self._ticket
        if ticket is None:
            self._pool.lost(self)
        elif not self._fresh and self._first_byte is None:
            self._ticket = None
            self._pool.retry(ticket, deadline=self.deadline)
            self._pool.lost(self)
        else:
            self._pool.lost(self)
            self._ticket = None
            ticket.end(self._last_outcome(error))

    def _last_outcome(self, error: Exception | None) -> Receipt | Failure:
        if error is None and self._first_byte is not None:
            self._answer.close()
            if self._answer.ready:
                return self._receipt(self._tick() - self._sent)
        return self._failure(_lost(error, begun=self._first_byte is not None))

    def _read(self, ticket: "Ticket", data: bytes, start: bytes = b"") -> None:
        answer, tick = self._answer, self._tick()
        if self._first_byte is None:
            if not self._fresh and self._transport.get_write_buffer_size() >= len(ticket.request.data):
                self._transport.abort()  # nothing was asked yet: whatever this answers, it is not the request
                return
            self._first_byte = tick - self._sent
            answer.expect(bodiless=ticket.request.method == "HEAD")
        answer.feed(data)
        if answer.ready:
            if start:
                self._pool.heads.learn(start, len(data) - len(start), answer)
            self._finish(ticket, tick)
        elif answer.complaint:
            self.break_off(answer.complaint)

    def _finish_known(self, ticket: "Ticket", head: Head, body: bytes) -> None:
        """The short way to a receipt; it says what `_finish` would."""
        tick = self._tick()
        total = tick - self._sent
        receipt = Receipt(
            status=head.status,
            started=self._started,
            finished=self._started + total,
            bytes=head.length,
            clipped=False,
            body=text_of(body),
            retry_after=head.retry_after,
            timing=self._timing(total, total),
        )
        self._kept_for = head.kept_for
        self._ticket = self.phases = None
        try:
            self._pool.serve(self, tick)
        finally:
            ticket.end(receipt)

    def _finish(self, ticket: "Ticket", tick: int) -> None:
        """Give the receipt, after starting the next request: the other side works meanwhile."""
        receipt = self._receipt(tick - self._sent)
        self._kept_for = self._answer.kept_for
        self._ticket = self.phases = None
        try:
            self._go_on(tick)
        finally:
            ticket.end(receipt)

    def _go_on(self, tick: int) -> None:
        """Take the next request, wait for one, read the rest of the answer first, or close."""
        answer = self._answer
        if not answer.keep or self._transport.get_write_buffer_size():
            self.give_up()
        elif answer.ended:
            self._pool.serve(self, tick)
        elif answer.remainder is None or answer.remainder > DRAINED:
            self.give_up()

    def _drain(self, data: bytes) -> None:
        """Read what is left of an answer that has its receipt. Bytes on an idle connection end it."""
        if self._answer.ended:
            self.give_up()
            return
        self._answer.feed(data)
        if self._answer.ended or not self._answer.keep:
            self._go_on(self._tick())

    def _receipt(self, total: int) -> Receipt:
        answer = self._answer
        return Receipt(
            status=answer.status,
            started=self._started,
            finished=self._started + total,
            bytes=answer.size,
            clipped=answer.clipped,
            body=answer.text(),
            retry_after=answer.retry_after,
            timing=self._timing(self._first_byte, total),
        )

    def _failure(self, message: str) -> Failure:
        total = self._tick() - self._sent
        return Failure(
            message=message,
            retryable=True,
            started=self._started,
            finished=self._started + total,
            timing=self._timing(self._first_byte, total),
        )

    def _timing(self, first_byte: int | None, total: int) -> Timing:
        if way := self.phases:
            return Timing(way.resolve, way.connect, way.tls, first_byte, total)
        return Timing(None, None, None, first_byte, total)


def _lost(error: Exception | None, *, begun: bool) -> str:
    how = "reset" if isinstance(error, ConnectionResetError) else "closed"
    return f"the connection was {how} {'in the middle of the answer' if begun else 'before an answer'}"
