"""A fresh application for each story, on a real store; with an engine where runs are to end."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from pypes.clock import Clock, SystemClock
from pypes.engine.engine import Engine
from pypes.store.store import Store

from .client import Client, services_for

Story = Callable[[Client], Awaitable[None]]
WithStore = Callable[[Callable[[Store], Awaitable[Any]]], Any]


class Tell(Protocol):
    """Runs a story on a fresh application; keyword arguments are settings."""

    def __call__(self, story: Story, **settings: Any) -> None: ...


@pytest.fixture
def with_app(tmp_path: Path, clock: Clock, with_store: WithStore) -> Tell:
    """An application whose clock stands still, and in which nothing is ever claimed."""

    def tell(story: Story, **settings: Any) -> None:
        with_store(lambda store: story(Client(services_for(store, clock, tmp_path, **settings))))

    return tell


@pytest.fixture
def with_engine(tmp_path: Path, with_store: WithStore) -> Tell:
    """An application with an engine beside it, which does what is asked for and nothing that is timed."""

    def tell(story: Story, **settings: Any) -> None:
        async def run(store: Store) -> None:
            client = Client(services_for(store, SystemClock(), tmp_path, **settings))
            config, log, health = client.services.config, client.services.log, client.services.health
            engine = Engine(
                store, config=config, clock=client.services.clock, log=log, health=health, timed=False
            )
            await engine.start()
            try:
                await story(client)
            finally:
                await engine.stop()

        with_store(run)

    return tell
