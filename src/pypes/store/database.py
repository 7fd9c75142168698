"""Database: what the store asks of an engine; SQLite and PostgreSQL each give it in a file of their own."""

import re
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from pypes.errors import Unavailable


class StoreFull(Unavailable):
    """The disk is full: nothing can be recorded, so nothing fires."""


class Unreachable(Unavailable):
    """The database is gone for the moment: whatever was asked of it is whole or not at all."""


class Contended(Unavailable):
    """Somebody else changed the same rows at the same time: the same unit of work may succeed now."""


class Dialect(NamedTuple):
    """How an engine reads the text of a question."""

    name: str
    """Comments that begin with it are un-commented."""
    placeholder: str
    """What stands before a parameter's number."""
    is_shared: bool
    """Whether other daemons may write the same database at the same time."""
    reserved: re.Pattern[str] | None = None
    """Names of ours that are words of its own: they are quoted."""


SQLITE = Dialect("sqlite", "?", is_shared=False)
POSTGRES = Dialect("postgres", "$", is_shared=True, reserved=re.compile(r"(?<![:\w])overlaps\b"))


class Answer(Protocol):
    """What a statement brought."""

    @property
    def rowcount(self) -> int:
        """How many rows were found, or changed."""
        ...

    def fetchone(self) -> Any:
        """The next row, or None."""
        ...

    def fetchall(self) -> Any:
        """All rows that are left."""
        ...


class Connection(Protocol):
    """One connection, used by one thread at a time."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        ...

    def execute(self, text: str, values: Sequence[Any] = (), /) -> Any:
        """Execute one statement; an `Answer`."""
        ...

    def change_each(self, text: str, rows: Iterable[Sequence[Any]]) -> list[int]:
        """Execute one change per row of values; of each, how many rows it found."""
        ...

    def stream(self, text: str, size: int) -> Iterator[list[Any]]:
        """Read a long answer, so many rows at a time."""
        ...

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
        """Write many rows into a table; how many."""
        ...

    def be_patient(self) -> None:
        """From now on, wait for the database as long as it takes."""
        ...

    def begin(self) -> None:
        """Begin a transaction that may write."""
        ...

    def begin_reading(self) -> None:
        """Begin a transaction that sees one moment."""
        ...

    def commit(self) -> None:
        """End the transaction: what it wrote is on disk."""
        ...

    def rollback(self) -> None:
        """End the transaction: nothing of it remains."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...


class Database(Protocol):
    """An engine, and where it keeps this store."""

    @property
    def dialect(self) -> Dialect:
        """How it reads questions."""
        ...

    @property
    def name(self) -> str:
        """How messages name it; no password is in it."""
        ...

    @property
    def notifies(self) -> bool:
        """Whether the daemons that share it can wake one another."""
        ...

    def notices(self) -> AsyncIterator[None]:
        """What the daemons that share it say aloud; raises `Unreachable` when the line is cut."""
        ...

    def open_writer(self) -> Connection:
        """Open, check and migrate; called by the thread that will write."""
        ...

    def reopen_writer(self) -> Connection:
        """Open again, after the connection was lost."""
        ...

    def open_reader(self) -> Connection:
        """Open a connection that only reads."""
        ...

    def is_lost(self, connection: Connection) -> bool:
        """Whether a connection is of no use any more."""
        ...

    def translated(self) -> AbstractContextManager[None]:
        """Turn the driver's errors into sentences."""
        ...


def database_at(place: "Path | str | Database", *, prepares: bool = True, notifies: bool = True) -> Database:
    """The database at a path, a `sqlite:///` or a `postgresql://` URL; the driver is imported only then."""
    if isinstance(place, str) and not place.startswith("sqlite:///"):
        from pypes.store.postgres import Postgres  # noqa: PLC0415 - an extra: most stores are SQLite's

        return Postgres(place, prepares=prepares, notifies=notifies)
    if isinstance(place, str | Path):
        from pypes.store.sqlite import Sqlite  # noqa: PLC0415 - it knows this file

        return Sqlite(Path(str(place).removeprefix("sqlite:///")))
    return place
