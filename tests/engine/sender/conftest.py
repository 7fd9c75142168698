"""Every test of the sender runs on both loops: uvloop's, and the one of the standard library."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop

Run = Callable[[Coroutine[Any, Any, None]], None]

LIMIT = 15.0
"""Seconds after which a test that hangs fails."""


@pytest.fixture(params=[uvloop.new_event_loop, asyncio.new_event_loop], ids=["uvloop", "asyncio"])
def run(request: pytest.FixtureRequest) -> Run:
    """Run a coroutine to its end; what goes wrong in callbacks meanwhile fails the test."""

    def run(story: Coroutine[Any, Any, None]) -> None:
        mishaps: list[dict[str, Any]] = []

        async def limited() -> None:
            asyncio.get_running_loop().set_exception_handler(lambda _, mishap: mishaps.append(mishap))
            await asyncio.wait_for(story, LIMIT)

        with asyncio.Runner(loop_factory=request.param) as runner:
            runner.run(limited())
        assert mishaps == []

    return run
