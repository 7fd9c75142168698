"""A fresh application for each story, on a real store."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from pypes.clock import Clock
from pypes.store.store import Store

from .client import Client, services_for

Story = Callable[[Client], Awaitable[None]]


@pytest.fixture
def with_app(
    tmp_path: Path, clock: Clock, with_store: Callable[[Callable[[Store], Awaitable[Any]]], Any]
) -> Callable[..., None]:
    """Run `story(client)` on a fresh application; keyword arguments are settings."""

    def tell(story: Story, **settings: Any) -> None:
        with_store(lambda store: story(Client(services_for(store, clock, tmp_path, **settings))))

    return tell
