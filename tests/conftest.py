"""What tests share: a clock moved by hand, a store on disk, a receiver that really listens.

The outside is faked (clock, receiver), the database never.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import uvloop

from pypes.store.store import Store

T = TypeVar("T")

NOON = 1_777_809_600_000_000
"""2026-05-03T12:00:00Z, in microseconds."""


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: int = NOON) -> None:
        self.moment = now

    def now(self) -> int:
        return self.moment

    def monotonic(self) -> int:
        return self.moment

    def advance(self, micros: int) -> int:
        self.moment += micros
        return self.moment


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def home() -> Iterator[Path]:
    """A home whose path is short enough for a unix socket."""
    path = Path(tempfile.mkdtemp(prefix="pypes-"))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def with_store(tmp_path: Path) -> Callable[[Callable[[Store], Awaitable[Any]]], Any]:
    """Run `story(store)` on a fresh store in a loop of its own, and give what it answers."""

    def tell(story: Callable[[Store], Awaitable[T]]) -> T:
        async def run() -> T:
            store = await Store.open(tmp_path / "pypes.db")
            try:
                async with asyncio.timeout(30):
                    return await story(store)
            finally:
                await store.close()

        return uvloop.run(run())

    return tell


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI nothing may be skipped: what was not run was not tested."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
