"""In process: the daemon's API without a daemon, for one command that owns the store meanwhile.

It fires nothing that is timed; what is requested through it is executed by an engine that starts only then.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

from pypes.clock import SharedClock
from pypes.config import Config
from pypes.figures import Figures
from pypes.health import Health
from pypes.log import Log
from pypes.owning import clock_of, database_of, owning, place_of, prepare_home
from pypes.presence import Presence
from pypes.store.loading import take_over_loads
from pypes.store.store import Store
from pypes.web.app import create_app
from pypes.web.services import Services

if TYPE_CHECKING:
    from pypes.engine.engine import Engine


@asynccontextmanager
async def open_local(config: Config) -> AsyncIterator[ASGIApp]:
    """Own the store for as long as the context lasts, and give the API on it.

    Raises `Unavailable` when somebody else owns it, or it cannot be used.
    """
    prepare_home(config.home)
    with owning(config):
        store = await Store.open(database_of(config))
        on_request = _OnRequest(store, config)
        try:
            await on_request.set_clock()
            await on_request.take_over()
            yield create_app(on_request.services())
        finally:
            await on_request.stop()
            await store.close()


class _OnRequest:
    """An engine that is imported and started when something is to be executed."""

    def __init__(self, store: Store, config: Config) -> None:
        self._store = store
        self._config = config
        self._clock = clock_of(config)
        self._health = Health()
        self._log = Log(self._clock, form=config.log_format, quiet=True)
        self._engine: Engine | None = None

    def services(self) -> Services:
        """What the web may use."""
        return Services(
            store=self._store,
            clock=self._clock,
            config=self._config,
            log=self._log,
            health=self._health,
            figures=Figures(),
            presence=Presence(
                node="none", started=self._clock.now(), seats=self._config.seats, is_daemon=False
            ),
            execute=self.start,
        )

    async def take_over(self) -> None:
        """Finish what was left half done."""
        await take_over_loads(self._store, self._clock)

    async def set_clock(self) -> None:
        """Agree with the daemons that share the store on what time it is."""
        clock = self._clock
        if isinstance(clock, SharedClock):
            await self._store.read(lambda tx: tx.set_clock(clock))

    async def start(self) -> None:
        """Start the engine, once."""
        if self._engine is None:
            from pypes.engine.engine import Engine  # noqa: PLC0415 - most commands execute nothing

            self._engine = Engine(
                self._store,
                config=self._config,
                clock=self._clock,
                log=self._log,
                health=self._health,
                timed=False,
                place=place_of(self._config),
            )
            await self._engine.start()

    async def stop(self) -> None:
        """Let what it does end."""
        if self._engine is not None:
            await self._engine.stop()
