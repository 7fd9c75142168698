"""Readers: a few threads, each with a connection of its own that only reads."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pypes.store.asking import Queries
from pypes.store.database import Connection, Database, Unreachable
from pypes.store.tx import Tx

T = TypeVar("T")

THREADS = 2
"""One answers while the other renders a long page."""


class Readers:
    """Answer questions from consistent snapshots, and change nothing."""

    def __init__(self, database: Database, queries: Queries) -> None:
        self._database = database
        self._queries = queries
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="store-reader")
        self._local = threading.local()
        self._open: list[Connection] = []

    async def read(self, unit: Callable[[Tx], T]) -> T:
        """Answer a question."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, unit)

    async def close(self) -> None:
        """Answer what was asked, then close the connections."""
        await asyncio.to_thread(self._threads.shutdown)
        for connection in self._open:
            connection.close()

    def _read(self, unit: Callable[[Tx], T]) -> T:
        try:
            return self._read_once(unit)
        except Unreachable:  # perhaps only this connection was lost, while nobody used it
            return self._read_once(unit)

    def _read_once(self, unit: Callable[[Tx], T]) -> T:
        with self._database.translated():
            connection = self._connection()
            connection.begin_reading()
            try:
                return unit(Tx(connection, self._queries))
            finally:
                if connection.in_transaction:
                    connection.rollback()

    def _connection(self) -> Connection:
        """This thread's connection; another one when it was lost."""
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is not None and self._database.is_lost(connection):
            self._open.remove(connection)
            connection = self._local.connection = None
        if connection is None:
            connection = self._local.connection = self._database.open_reader()
            self._open.append(connection)
        return connection
