"""Copying: a whole store into another, empty one, ledger included; from one engine to the other and back."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain

from pypes.errors import Conflict, NotFound
from pypes.store.asking import Asking, Queries
from pypes.store.database import Connection, Database
from pypes.store.lock import OwnerLock
from pypes.store.sqlite import Sqlite

BATCH = 5000
"""Rows that are read and written at once."""
_NOT_COPIED = {"nodes", "pypes_schema"}
"""What says who uses a store, and which tables it has: true of that store alone."""
_ALWAYS_FILLED = {"counts"}

Tables = dict[str, list[str]]
"""The columns of each table."""


def copy_store(source: Database, target: Database, *, now: int) -> dict[str, int]:
    """Copy everything in one transaction; how many rows each table has.

    Both are brought to the newest schema first. Raises `NotFound` when there is no source, and `Conflict`
    when one of them is in use, or the target is not empty.
    """
    if isinstance(source, Sqlite) and not source.path.exists():
        raise NotFound(f"there is no store at {source.name}")
    with ExitStack() as stack:
        here, there = (stack.enter_context(_alone(database, now)) for database in (source, target))
        tables = _tables(here, source)
        _check_empty(there, target, tables)
        with source.translated(), target.translated():
            here.begin_reading()
            there.begin()
            copied = {name: _copy(here, there, name, columns) for name, columns in tables.items()}
            there.commit()
            here.rollback()
        return copied


@contextmanager
def _alone(database: Database, now: int) -> Iterator[Connection]:
    """A connection to a store that nobody uses, or will begin to use."""
    with ExitStack() as stack:
        if isinstance(database, Sqlite):
            stack.enter_context(_owned(database))
        connection = database.open_writer()
        stack.callback(connection.close)
        with database.translated():
            _check_unused(connection, database, now)
        connection.be_patient()
        yield connection


@contextmanager
def _owned(database: Sqlite) -> Iterator[None]:
    lock = OwnerLock(database.path.with_suffix(".lock"))
    if not lock.acquire():
        raise Conflict(f"{database.name} is in use by process {lock.holder()}: stop it, then copy")
    try:
        yield
    finally:
        lock.release()


def _check_unused(connection: Connection, database: Database, now: int) -> None:
    rows = Asking(connection, Queries(database.dialect)).rows("nodes", {})
    live = [row[0] for row in rows if row[4] is not None and row[4] > now]
    if live:
        raise Conflict(f"{database.name} is in use by {', '.join(live)}: stop them, then copy")


def _tables(connection: Connection, database: Database) -> Tables:
    question = f"{database.dialect.name}/columns"
    tables: Tables = {}
    for table, column in Asking(connection, Queries(database.dialect)).rows(question, {}):
        if table not in _NOT_COPIED:
            tables.setdefault(table, []).append(column)
    return tables


def _check_empty(connection: Connection, database: Database, tables: Tables) -> None:
    for name in tables.keys() - _ALWAYS_FILLED:
        with database.translated():
            if connection.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone():  # noqa: S608 - from the catalog
                raise Conflict(f"{database.name} is not empty: copy into a new store")


def _copy(here: Connection, there: Connection, table: str, columns: list[str]) -> int:
    names = ", ".join(f'"{column}"' for column in columns)
    there.execute(f'DELETE FROM "{table}"')  # noqa: S608 - from the catalog, here and below
    rows = here.stream(f'SELECT {names} FROM "{table}"', BATCH)  # noqa: S608
    return there.load(table, columns, chain.from_iterable(rows))
