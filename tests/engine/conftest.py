"""Scenes for runs that are done step by step."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from pypes.store.store import Store

from .scene import Scene, scene

WithStore = Callable[[Callable[[Store], Awaitable[Any]]], Any]
Story = Callable[[Scene], Awaitable[None]]


class Tell(Protocol):
    """Tells a story on a scene whose engine runs; keyword arguments are settings."""

    def __call__(self, story: Story, **settings: Any) -> None: ...


@pytest.fixture
def tell(with_store: WithStore, home: Path, monkeypatch: pytest.MonkeyPatch) -> Tell:
    def on_scene(story: Story, **settings: Any) -> None:
        async def run(store: Store) -> None:
            async with scene(store, home, monkeypatch) as on_it:
                await on_it.start(**settings)
                await story(on_it)

        with_store(run)

    return on_scene
