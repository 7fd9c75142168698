"""Hearing: what other daemons say aloud after a change, so that it is live here at once, not within a second.

It only hurries what a look at the store would find anyway: whoever hears nothing loses nothing.
"""

import asyncio
import contextlib

from pypes.engine.tools import Tools
from pypes.errors import PypesError

PAUSE = 5.0
"""Seconds until the next try, when the line is cut."""


class Hearing:
    """Listens on a connection of its own."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def run(self) -> None:
        """Listen until cancelled."""
        while True:
            with contextlib.suppress(PypesError):
                await self._listen()
            await asyncio.sleep(PAUSE)

    async def _listen(self) -> None:
        tools = self._tools
        async for _ in tools.store.database.notices():
            tools.presence.wants_look = True
            now = tools.clock.now()
            tools.store.bell.ring(now, now)
