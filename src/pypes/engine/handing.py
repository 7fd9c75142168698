"""Handing over: what is due goes to the sender slice by slice, while this daemon may start anything."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from pypes.clock import Clock
from pypes.engine.held import Held

SLICE = 200
"""So many requests are handed to the sender before answers are looked at again."""
NOT_NOW = 0.1
"""Seconds until the next look whether this daemon may start anything."""


class Handing:
    """The queue of what is due; `send` is told the moment of its slice."""

    def __init__(
        self, clock: Clock, *, send: Callable[[Held, int], None], may_start: Callable[[], bool]
    ) -> None:
        self._clock = clock
        self._send = send
        self._may_start = may_start
        self._due: deque[Held] = deque()
        self._later: asyncio.TimerHandle | None = None
        self._stopping = False

    def __len__(self) -> int:
        return len(self._due)

    def add(self, due: Iterable[Held]) -> None:
        """Hand over what is due, or begin to."""
        self._due.extend(due)
        self._send_some()

    def stop(self) -> None:
        """Hand over nothing more after this slice."""
        self._stopping = True

    def _send_some(self) -> None:
        """Hand over a slice of what is due; answers are read between slices, and connections stay busy."""
        if not self._may_start():
            self._try_later()
            return
        now = self._clock.now()
        for _ in range(min(SLICE, len(self._due))):
            self._send(self._due.popleft(), now)
        if self._due and not self._stopping:
            asyncio.get_running_loop().call_soon(self._send_some)

    def _try_later(self) -> None:
        """What is due stays due: it is sent once this daemon may start something, unless it was given up."""
        if self._later is None and not self._stopping:
            self._later = asyncio.get_running_loop().call_later(NOT_NOW, self._try_again)

    def _try_again(self) -> None:
        self._later = None
        self._send_some()
