"""SQLite: how connections are opened, and what its errors mean to people.

Exactly one connection writes: SQLite before 3.51.3 can corrupt a WAL that two connections write and
checkpoint at once (sqlite.org/wal.html, "the WAL-reset bug"). Readers are opened read-only.
"""

import os
import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from pypes.errors import PypesError, Unavailable
from pypes.store import database
from pypes.store.database import SQLITE, StoreFull
from pypes.store.migrate import migrate

BUSY_PATIENCE = 5.0
"""Seconds to wait for another process that holds the file (a backup, an sqlite3 shell)."""

CHECKPOINT_PAGES = 8000
"""32 MB of log between checkpoints: a page that many fires touch is then written back once for all."""

_MAGIC = b"SQLite format 3\x00"
_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_FSYNC}
_CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class Connection(sqlite3.Connection):
    """What the store asks of a connection, in SQLite's words."""

    opened: "_File"
    """The file that this connection writes."""

    def begin(self) -> None:
        """Begin a transaction that may write; nobody else can, meanwhile."""
        self.opened.check()
        self.execute("BEGIN IMMEDIATE")

    def begin_reading(self) -> None:
        """Begin a transaction that sees one moment."""
        self.execute("BEGIN")

    def change_each(self, text: str, rows: Iterable[Sequence[Any]]) -> list[int]:
        """Let the driver loop, and count changes between two rows: half the cost of a loop of ours."""
        found: list[int] = []
        self.executemany(text, self._counted(rows, found))
        return found

    def _counted(self, rows: Iterable[Sequence[Any]], found: list[int]) -> Iterator[Sequence[Any]]:
        before = self.total_changes
        for values in rows:
            yield values
            after = self.total_changes
            found.append(after - before)
            before = after

    def stream(self, text: str, size: int) -> Iterator[list[Any]]:
        """Read a long answer, so many rows at a time."""
        cursor = self.execute(text)
        while rows := cursor.fetchmany(size):
            yield rows

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
        """Write many rows into a table; how many."""
        names = ", ".join(f'"{column}"' for column in columns)
        marks = ", ".join("?" * len(columns))
        return self.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', rows).rowcount  # noqa: S608 - from the catalog

    def be_patient(self) -> None:
        """A file answers at once."""


class _File(NamedTuple):
    """A file under its name: what is written to one that was removed is lost when it is closed."""

    path: Path
    device: int
    inode: int

    @classmethod
    def at(cls, path: Path) -> "_File":
        found = path.stat()
        return cls(path, found.st_dev, found.st_ino)

    def check(self) -> None:
        """Raise `Unavailable` unless the file is still there (about 2 µs)."""
        try:
            is_there = self == _File.at(self.path)
        except FileNotFoundError:
            is_there = False
        if not is_there:
            raise Unavailable(
                f"{self.path} was removed or replaced while it was in use: nothing is stored or fired until "
                "it is back; `pypes export` still tells the agents, `pypes restart` begins with what is there"
            )


class Sqlite:
    """A store in a file of its own."""

    dialect = SQLITE
    notifies = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)

    async def notices(self) -> AsyncIterator[None]:
        """Nobody else is there."""
        nothing: tuple[None, ...] = ()
        for each in nothing:
            yield each

    def open_writer(self) -> Connection:
        """Open, check and migrate the one connection that writes."""
        return open_writer(self.path)

    def reopen_writer(self) -> Connection:
        """Open it again."""
        return open_writer(self.path)

    def open_reader(self) -> Connection:
        """Open a read-only connection."""
        return open_reader(self.path)

    def is_lost(self, connection: database.Connection) -> bool:  # noqa: ARG002 - a file is always there
        """A file does not hang up."""
        return False

    def translated(self) -> AbstractContextManager[None]:
        """Turn the driver's errors into sentences."""
        return translated(self.path)


def open_writer(path: Path) -> Connection:
    """Open, check and migrate the one connection that writes; made by the thread that will use it."""
    with translated(path):
        _check_file(path)
        connection = _connect(f"{path.absolute().as_uri()}?mode=rwc")
        try:
            _prepare(connection, path)
            connection.opened = _File.at(path)
        except UnicodeDecodeError:  # even the names in its schema are damaged
            connection.close()
            raise Unavailable(_not_a_store(path)) from None
        except BaseException:
            connection.close()
            raise
        return connection


def open_reader(path: Path) -> Connection:
    """Open a read-only connection; made by the thread that will use it."""
    with translated(path):
        connection = _connect(f"{path.absolute().as_uri()}?mode=ro")
        connection.execute("PRAGMA query_only = ON")
        return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    migrate(connection, where=str(path))
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -65536")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")


def _check_file(path: Path) -> None:
    """Look at the first bytes, so that a file that is no database is not opened for writing."""
    if not path.exists():
        return
    with path.open("rb") as file:
        start = file.read(len(_MAGIC))
    if start and start != _MAGIC:
        raise Unavailable(_not_a_store(path))


def _connect(uri: str) -> Connection:
    previous = os.umask(0o077)
    try:
        connection = sqlite3.connect(
            uri,
            uri=True,
            factory=Connection,
            timeout=BUSY_PATIENCE,
            isolation_level=None,
            cached_statements=256,
            check_same_thread=False,  # readers are closed by the thread that closes the store
        )
        connection.execute("PRAGMA schema_version")
    finally:
        os.umask(previous)
    return connection


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn the driver's errors into sentences, by their codes."""
    try:
        yield
    except PypesError:
        raise
    except sqlite3.Error as error:
        raise _as_sentence(error, path) from error
    except OSError as error:
        raise Unavailable(f"{path} cannot be used: {error.strerror}") from error


def _as_sentence(error: sqlite3.Error, path: Path) -> PypesError:
    code = getattr(error, "sqlite_errorcode", None)
    if code in _FULL:
        return StoreFull(
            f"the disk that holds {path} is full: free some space; firing goes on by itself then"
        )
    if code in _CORRUPT:
        return Unavailable(_not_a_store(path))
    if code == sqlite3.SQLITE_BUSY:
        return Unavailable(f"{path} is locked by another program: close it, then try again")
    return Unavailable(f"{path} cannot be used: {error}")


def _not_a_store(path: Path) -> str:
    return f"{path} is corrupt or not a pypes store: move it away or restore a backup; nothing was touched"
