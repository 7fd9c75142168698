"""Services: what the daemon hands to the web, and all that the web may use."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from pypes.clock import Clock
from pypes.config import Config
from pypes.figures import Figures
from pypes.health import Health
from pypes.log import Log
from pypes.presence import Presence
from pypes.store.store import Store
from pypes.web.watch import Watch


async def _somebody_does() -> None:
    """A daemon's engine is always there."""


@dataclass(frozen=True)
class Services:
    """Passed to every operation by the assembly."""

    store: Store
    clock: Clock
    config: Config
    log: Log
    health: Health
    figures: Figures
    presence: Presence
    """What this daemon shows of itself; its name stands as `node` in the runs it made."""
    execute: Callable[[], Awaitable[None]] = _somebody_does
    """Makes sure that somebody claims what is requested: a command starts its engine only then."""
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the daemon stops: streams end."""
    watch: Watch = field(default_factory=Watch)
    """Those who watch this daemon."""
