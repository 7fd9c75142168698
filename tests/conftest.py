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
from bench.postgres import FAST
from bench.postgres import Postgres as Server

from pypes.store.database import Database
from pypes.store.postgres import Postgres
from pypes.store.sqlite import Sqlite
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


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One PostgreSQL for all tests that need one."""
    with Server(*FAST) as server:
        yield server


@pytest.fixture(scope="session")
def shared_database(postgres: Server) -> str:
    """The URL of a database that tests use one after another."""
    url = postgres.url(postgres.create())
    Postgres(url).open_writer().close()
    return url


@pytest.fixture
def shared_store(shared_database: str) -> Postgres:
    """An empty store in PostgreSQL."""
    return emptied(Postgres(shared_database))


def emptied(place: Postgres) -> Postgres:
    """Forget what another test has left there."""
    with place.open_reader() as connection:
        connection.execute(EMPTY.encode(), prepare=False)
    return place


EMPTY = """
DO $$ BEGIN EXECUTE (
    SELECT 'TRUNCATE ' || string_agg(quote_ident(table_name), ', ')
    FROM information_schema.tables WHERE table_schema = 'public' AND table_name <> 'pypes_schema'
); END $$;
INSERT INTO counts (name, value) VALUES ('agents', 0), ('schedules', 0), ('runs', 0)
"""


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """An empty store: one in a file, and one in PostgreSQL."""
    if request.param == "sqlite":
        return Sqlite(tmp_path / "pypes.db")
    shared: Postgres = request.getfixturevalue("shared_store")
    return shared


WithStore = Callable[[Callable[[Store], Awaitable[Any]]], Any]


@pytest.fixture
def with_store(place: Database) -> WithStore:
    """Run `story(store)` on a fresh store in a loop of its own, and give what it answers."""
    return telling(place)


@pytest.fixture
def with_file(tmp_path: Path) -> WithStore:
    """The same, on a file: for what only SQLite can be told to do."""
    return telling(Sqlite(tmp_path / "pypes.db"))


@pytest.fixture
def with_shared(shared_store: Postgres) -> WithStore:
    """The same, on PostgreSQL: for what only daemons that share a store meet."""
    return telling(shared_store)


def telling(place: Database) -> WithStore:
    """Open a store for each story."""

    def tell(story: Callable[[Store], Awaitable[T]]) -> T:
        async def run() -> T:
            store = await Store.open(place)
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
