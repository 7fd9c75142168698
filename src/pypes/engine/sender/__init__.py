"""The HTTP/1.1 client that fires: keep-alive connections, callbacks only, one queue per origin."""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable

from pypes.address import AddressRules
from pypes.clock import SECOND, Clock
from pypes.engine.sender.connect import Connector
from pypes.engine.sender.heads import Heads
from pypes.engine.sender.pool import Pool
from pypes.engine.sender.ticket import Done, Ticket
from pypes.proxy import Proxy
from pypes.receipt import Failure
from pypes.request import Origin, Request

__all__ = ["CLIP", "Sender", "Ticket"]

STOPPING = "pypes is stopping"
AT_ONCE = 10
"""So many connections are opened ahead of need in one turn of the loop, which takes about 1.5 ms …"""
PAUSE = 0.004
"""… and so many seconds it then has for what is due now."""
CLIP = 4096
"""Bytes of an answer that are kept, unless a caller wants more."""
SPARE = SECOND
"""A warm connection is kept for so long beyond the moment at which it is needed."""


class Sender:
    """Sends rendered requests, and tells what came of each exactly once.

    `idle` is in microseconds, `clip` in bytes. Without an `ssl_context` the system's trust store decides.
    What waits for a connection begins only while `may_begin` says so; `go_on` looks again.
    All methods belong to the event loop's thread.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        rules: AddressRules,
        per_host: int = 64,
        idle: int = 30 * SECOND,
        clip: int = CLIP,
        ssl_context: ssl.SSLContext | None = None,
        proxy: Proxy | None = None,
        may_begin: Callable[[], bool] = lambda: True,
    ) -> None:
        self.clock = clock
        self.per_host = per_host
        self.idle = idle
        self.clip = clip
        self.may_begin = may_begin
        self.heads = Heads(clip)
        self.connector = Connector(clock=clock, rules=rules, ssl_context=ssl_context, proxy=proxy)
        self._pools: dict[Origin, Pool] = {}
        self._planned: deque[Pool] = deque()
        self._opening: asyncio.TimerHandle | None = None
        self._closed = False

    def send(self, request: Request, done: Done) -> Ticket:
        """Queue the request for its origin now; `done` is called once, later, unless cancelled."""
        if self._closed:
            return self._refused(request, done)
        pool = self._pools.get(request.origin) or self._pool(request.origin)
        return pool.send(request, done)

    def go_on(self) -> None:
        """Begin what had to wait, if it may begin now."""
        for pool in tuple(self._pools.values()):
            pool.go_on()

    def warm(self, origin: Origin, wanted: int, *, within: int) -> None:
        """Have idle connections to the origin ready: so many requests are due within so many microseconds."""
        if not self._closed:
            pool = self._pools.get(origin) or self._pool(origin)
            pool.warm(wanted, until=self.clock.monotonic() + within + SPARE)

    def open_soon(self, pool: Pool, count: int) -> None:
        """Have the pool open so many connections, a few at a time: requests that are due now come first."""
        self._planned.extend([pool] * count)
        if self._opening is None:
            self._opening = asyncio.get_running_loop().call_later(0, self._open_some)

    def _open_some(self) -> None:
        self._opening = None
        for _ in range(min(AT_ONCE, len(self._planned))):
            self._planned.popleft().open_planned()
        if self._planned:
            self._opening = asyncio.get_running_loop().call_later(PAUSE, self._open_some)

    def waiting(self, origin: Origin) -> int:
        """How many requests to the origin have not begun."""
        return self._pools[origin].waiting if origin in self._pools else 0

    def queued(self) -> int:
        """How many requests have not begun, over all origins."""
        return sum(pool.waiting for pool in self._pools.values())

    def in_flight(self) -> int:
        """How many exchanges are going on."""
        return sum(pool.in_flight for pool in self._pools.values())

    def drop_idle(self) -> int:
        """Close all idle connections, so that there is room for others; give their number."""
        return sum(pool.drop_idle() for pool in self._pools.values())

    def forget(self, pool: Pool) -> None:
        """Drop a pool that has nothing left."""
        if self._pools.get(pool.origin) is pool:
            del self._pools[pool.origin]

    async def close(self) -> None:
        """Fail what is not finished, and close all connections."""
        self._closed = True
        self._planned.clear()
        if self._opening:
            self._opening.cancel()
        pools = list(self._pools.values())
        await asyncio.gather(*(pool.close(STOPPING) for pool in pools))
        self.connector.close()

    def _pool(self, origin: Origin) -> Pool:
        pool = self._pools[origin] = Pool(self, origin)
        return pool

    def _refused(self, request: Request, done: Done) -> Ticket:
        ticket = Ticket(request, done)
        now = self.clock.now()
        failure = Failure(STOPPING, retryable=True, started=now, finished=now)
        asyncio.get_running_loop().call_soon(ticket.end, failure)
        return ticket
