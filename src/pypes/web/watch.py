"""Watch: one look at the store for all viewers; while there are none, nobody looks."""

import asyncio
from collections import deque
from typing import Protocol

from pypes.errors import OverLimit

GAP = 0.25
"""Seconds between two looks at least."""
PULSE = 1.0
"""Seconds between two pulses; also how long a change by another daemon may take to be seen."""
SLICE = 4
BREATH = 0.001
"""After so many viewers, so many seconds are left to others."""
MOST_VIEWERS = 500
MOST_WAITING = 1_000_000
"""Bytes that may wait for a viewer; one who is slower than that is let go."""
FAREWELL = b": you were too slow to follow; come back with the id that came last\n\n"


class Viewer:
    """One stream: what waits to be sent to it."""

    def __init__(self) -> None:
        self._parts: deque[bytes] = deque()
        self._waiting = 0
        self._ready = asyncio.Event()
        self.is_over = False
        """True once nothing more will come."""

    def begin(self, part: bytes) -> None:
        """Let this be sent first, before what was offered meanwhile: ids must not go backwards."""
        self._parts.appendleft(part)
        self._ready.set()

    def offer(self, part: bytes) -> None:
        """Let a part wait to be sent; one who is too far behind is told so, and let go."""
        if self.is_over:
            return
        self._waiting += len(part)
        self._parts.append(part)
        if self._waiting > MOST_WAITING:
            self._parts.clear()
            self._parts.append(FAREWELL)
            self.is_over = True
        self._ready.set()

    def end(self) -> None:
        """Send what waits, then nothing more."""
        self.is_over = True
        self._ready.set()

    async def take(self) -> bytes:
        """Wait for something to send; empty when it is over."""
        await self._ready.wait()
        if not self.is_over:
            self._ready.clear()
        part = b"".join(self._parts)
        self._parts.clear()
        self._waiting = 0
        return part


class Look(Protocol):
    """What the viewers are told, already written."""

    async def since(self, moment: int | None) -> bytes:
        """What one who comes now is told first: all that changed since a moment, if there is one."""
        ...

    async def news(self, *, pulse: bool) -> bytes:
        """What has changed since the last look, for all; with the pulse when that is due."""
        ...

    async def rung(self, at_most: float) -> bool:
        """Wait for a commit, at most so many seconds."""
        ...


class Watch:
    """The viewers of one daemon."""

    def __init__(self) -> None:
        self._viewers: set[Viewer] = set()
        self._watching: asyncio.Task[None] | None = None

    @property
    def viewers(self) -> int:
        """How many are watching."""
        return len(self._viewers)

    async def join(self, look: Look, since: int | None) -> Viewer:
        """Let somebody watch from now on, after what changed since a moment; `OverLimit` for one too many.

        The watch begins with the first one, whose `look` is everybody's.
        """
        if len(self._viewers) >= MOST_VIEWERS:
            raise OverLimit(f"{MOST_VIEWERS} viewers are watching already: close one, then try again")
        viewer = Viewer()
        self._viewers.add(viewer)
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch(look))
        try:
            viewer.begin(await look.since(since))
        except BaseException:
            self.leave(viewer)
            raise
        return viewer

    def leave(self, viewer: Viewer) -> None:
        """Somebody has gone; with the last one the watch ends."""
        viewer.end()
        self._viewers.discard(viewer)
        if not self._viewers and self._watching is not None:
            self._watching.cancel()
            self._watching = None

    async def _watch(self, look: Look) -> None:
        """Look until nobody watches; viewers of a watch that cannot go on come back to a new one."""
        try:
            await self._look_again(look)
        except Exception:
            self._watching = None
            for viewer in tuple(self._viewers):
                viewer.end()
            raise

    async def _look_again(self, look: Look) -> None:
        """Look after each commit, and once a second, but not more often than four times."""
        loop = asyncio.get_running_loop()
        pulse_at = 0.0
        while True:
            begun = loop.time()
            ring = loop.create_task(look.rung(PULSE))
            try:
                is_due = begun >= pulse_at
                pulse_at = begun + PULSE if is_due else pulse_at
                await self._tell(await look.news(pulse=is_due))
                await ring
            finally:
                ring.cancel()
            await asyncio.sleep(max(0.0, begun + GAP - loop.time()))

    async def _tell(self, part: bytes) -> None:
        """Tell a few at a time: all at once would keep the loop from what is due for milliseconds."""
        for number, viewer in enumerate(tuple(self._viewers) if part else (), 1):
            viewer.offer(part)
            if number % SLICE == 0:
                await asyncio.sleep(BREATH)
