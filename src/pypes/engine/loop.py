"""A loop that survives: what dies is said, restarted, and shown by `/readyz`."""

import asyncio
import traceback
from collections.abc import Awaitable, Callable

from pypes.health import Health
from pypes.log import Log

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
"""Seconds between a death and the restart: doubling from the first to the longest."""


async def keep_running(name: str, run: Callable[[], Awaitable[None]], *, log: Log, health: Health) -> None:
    """Run a loop until it ends by itself or is cancelled; whatever else ends it is a bug, and is survived."""
    pause = FIRST_PAUSE
    while True:
        try:
            await run()
        except Exception as error:  # noqa: BLE001 - the whole point: no error may stop the daemon
            last = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{last.filename.rpartition('/')[2]}:{last.lineno}"
            log.say(name, f"died of {error!r} and is restarted in {pause:g}s", where=place)
            health.report(name, f"died of {error!r}; restarting")
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
            health.restarted(name)
            health.recover(name)
        else:
            return
