"""PostgreSQL: how connections are opened, and what its errors mean to people.

Nothing here lives longer than a transaction on the server's side: no session settings, no advisory locks, no
temporary tables. So a pooler that hands out connections per transaction (PgBouncer) may stand in between.
"""

import contextlib
import logging
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Any

from pypes.errors import ConfigError, PypesError, Unavailable
from pypes.store import database
from pypes.store.database import POSTGRES, Contended, StoreFull, Unreachable
from pypes.store.postgres_schema import migrate
from pypes.url import masked

try:
    import psycopg
    from psycopg import sql
    from psycopg.conninfo import make_conninfo
    from psycopg.pq import TransactionStatus
    from psycopg.types.numeric import Int8Dumper
    from psycopg.types.string import StrDumper
except ImportError:
    raise ConfigError(
        "PostgreSQL needs its driver: install it with `pip install 'pypes[postgres]'`, then try again"
    ) from None

PATIENCE = 10.0
"""Seconds that a statement may take: a server that says nothing for so long is as good as gone."""
CONNECT_PATIENCE = 5
"""Seconds that a connection may take."""
_BEGIN = (
    "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '5s'; "
    "SET LOCAL plan_cache_mode = force_custom_plan"
)
"""A daemon that freezes inside a transaction must not keep its rows from others for that long. And a plan
made while a table was small reads all of it when it is large: plans are made for the table as it is."""
_WHOLE = "; SET LOCAL transaction_timeout = '30s'"
"""In the middle of a batch the server waits without being idle: only the whole transaction can be bounded."""
_KNOWS_WHOLE = 170_000
"""The first version that can."""
_BEGIN_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
LISTEN = "LISTEN pypes"
_DEFAULTS = {
    "application_name": "pypes",
    "client_encoding": "utf8",
    "connect_timeout": str(CONNECT_PATIENCE),
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
    "target_session_attrs": "read-write",
}
"""What a URL may say otherwise. Of several hosts, the one that can be written is the one meant."""

_CONTENDED = {"40001", "40P01", "23505", "55P03"}  # serialization, deadlock, unique, lock
_FULL = {"53100"}
_SAYS_NO = re.compile(r"authentication failed|pg_hba\.conf|does not exist|no password supplied")
"""A server that refuses a connection gives no code."""
_REFUSED = ("28", "3D")  # who are you; there is no such database
_GONE = ("08", "57P", "53", "25006", "25P03", "25P04")  # connection, shutdown, resources, a standby, too long


class Connection(psycopg.Connection[tuple[Any, ...]]):
    """What the store asks of a connection, in PostgreSQL's words."""

    patience: float | None = PATIENCE

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open, or failed and not yet ended."""
        return self.info.transaction_status not in {TransactionStatus.IDLE, TransactionStatus.UNKNOWN}

    def begin(self) -> None:
        """Begin a transaction that may write."""
        is_bounded = self.patience is not None and self.info.server_version >= _KNOWS_WHOLE
        self.execute(_BEGIN + _WHOLE if is_bounded else _BEGIN, prepare=False)

    def begin_reading(self) -> None:
        """Begin a transaction that sees one moment."""
        self.execute(_BEGIN_READING, prepare=False)

    def change_each(self, text: str, rows: Iterable[Sequence[Any]]) -> list[int]:
        """Send all, then read all: one round trip, and of each row its own count."""
        with self.cursor() as cursor:
            cursor.executemany(text, rows, returning=True)
            return [answer.rowcount for answer in cursor.results()]

    def stream(self, text: str, size: int) -> Iterator[list[Any]]:
        """Read a long answer, so many rows at a time: a cursor of the server's holds the rest."""
        with self.cursor("pypes") as cursor:
            cursor.execute(text)
            while rows := cursor.fetchmany(size):
                yield rows

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
        """Write many rows into a table; how many."""
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        copying = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
        with self.cursor() as cursor:
            with cursor.copy(copying) as copy:
                for row in rows:
                    copy.write_row(row)
            return cursor.rowcount

    def be_patient(self) -> None:
        """From now on, wait for the server as long as it takes."""
        self.patience = None

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for the server, but not for ever; one that was given up is not spoken to again."""
        try:
            return super().wait(gen, interval, timeout or self.patience)
        except psycopg.errors._WaitTimeout:
            self.close()
            raise psycopg.OperationalError(f"it has not answered for {self.patience:g} s") from None


class _Text(StrDumper):
    """Text as PostgreSQL takes it: it has no NUL."""

    def dump(self, obj: str) -> Any:
        return super().dump(obj.replace("\0", "\ufffd") if "\0" in obj else obj)


class Postgres:
    """A store in a database that daemons share."""

    dialect = POSTGRES

    def __init__(self, url: str, *, prepares: bool = True, notifies: bool = True) -> None:
        self.name = masked(url)
        self.notifies = notifies
        self._prepares = prepares
        self._trouble: str | None = None
        try:
            given = psycopg.conninfo.conninfo_to_dict(url)
        except psycopg.ProgrammingError as error:
            raise ConfigError(f"{self.name} is not a database's URL: {_first_line(error)}") from None
        self._conninfo = make_conninfo("", **(_DEFAULTS | {k: v for k, v in given.items() if v is not None}))

    async def notices(self) -> AsyncIterator[None]:
        """What other daemons say aloud, on a connection of its own."""
        with self.translated():
            async with await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True) as connection:
                await connection.execute(LISTEN)
                async for _ in connection.notifies():
                    yield

    def open_writer(self) -> Connection:
        """Connect and migrate."""
        connection = self._connect()
        connection.patience = None  # an index of a large ledger takes its time
        try:
            self._migrate(connection, tries=5)
        except BaseException:
            connection.close()
            raise
        connection.patience = PATIENCE
        return connection

    def _migrate(self, connection: Connection, *, tries: int) -> None:
        try:
            with self.translated():
                migrate(connection, where=self.name)
        except Contended:
            if not tries:
                raise
            self._migrate(connection, tries=tries - 1)

    def reopen_writer(self) -> Connection:
        """Connect."""
        return self._connect()

    def open_reader(self) -> Connection:
        """Connect."""
        return self._connect()

    def is_lost(self, connection: database.Connection) -> bool:
        """Whether a connection is closed."""
        return not isinstance(connection, Connection) or connection.closed

    @contextlib.contextmanager
    def translated(self) -> Iterator[None]:
        """Turn the driver's errors into sentences; of an outage always the same one: it is news once."""
        try:
            yield
        except PypesError:
            raise
        except psycopg.Error as error:
            translated = self._as_sentence(error)
            if isinstance(translated, Unreachable):
                self._trouble = self._trouble or translated.message
                raise Unreachable(self._trouble) from error
            raise translated from error
        else:
            self._trouble = None

    def _connect(self) -> Connection:
        logging.getLogger("psycopg").setLevel(logging.CRITICAL)  # what it warns of is told by us, and once
        with self.translated():
            connection = Connection.connect(
                self._conninfo,
                autocommit=True,
                cursor_factory=psycopg.RawCursor,
                prepare_threshold=5 if self._prepares else None,
            )
            connection.adapters.register_dumper(int, Int8Dumper)
            connection.adapters.register_dumper(str, _Text)
        return connection

    def _as_sentence(self, error: psycopg.Error) -> PypesError:
        state = error.sqlstate or ""
        said = _first_line(error)
        if state in _CONTENDED:
            return Contended(f"{self.name} is busy: others change the same rows ({said}); try again")
        if state in _FULL:
            return StoreFull(
                f"the disk of {self.name} is full: free some space; firing goes on by itself then"
            )
        if state.startswith(_REFUSED) or (not state and _SAYS_NO.search(said)):
            return Unavailable(f"{self.name} does not let us in: {said}")
        if state.startswith(_GONE) or (not state and isinstance(error, psycopg.OperationalError)):
            return Unreachable(f"{self.name} cannot be reached ({said})")
        return Unavailable(f"{self.name} cannot be used: {said}")


def _first_line(error: psycopg.Error) -> str:
    """What the server said, without the hints that follow."""
    said = error.diag.message_primary or str(error)
    return said.strip().partition("\n")[0]
