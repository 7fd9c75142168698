"""Migrations: numbered files, each applied once, in order, each in a transaction of its own."""

import re
import sqlite3
from importlib import resources

from pypes.errors import Unavailable
from pypes.store.asking import read_sql

PACKAGE = "pypes.store.migrations"
_FILE = re.compile(r"(\d{4})_\w+\.sql")


def migrations() -> dict[int, str]:
    """The numbered files this version knows: number to name, in order."""
    names = sorted(file.name for file in resources.files(PACKAGE).iterdir())
    return {
        int(match[1]): match[0].removesuffix(".sql") for name in names if (match := _FILE.fullmatch(name))
    }


def migrate(connection: sqlite3.Connection, *, where: str) -> None:
    """Bring a store up to date; refuse one that a newer pypes has written, before anything is touched."""
    known, version = migrations(), schema_version(connection)
    if version == 0 and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise Unavailable(f"{where} is another program's database: name another home; nothing was touched")
    if version > max(known):
        raise Unavailable(
            f"{where} was written by a newer pypes (schema {version}, this one knows {max(known)}): "
            "upgrade pypes, or name another home; nothing was touched"
        )
    for number, name in known.items():
        if number > version:
            _apply(connection, number, read_sql(PACKAGE, name))


def schema_version(connection: sqlite3.Connection) -> int:
    """The number of the newest migration applied; 0 for an empty file."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _apply(connection: sqlite3.Connection, number: int, script: str) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in statements(script):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number:d}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def statements(script: str) -> list[str]:
    """Split a script at its semicolons; comments, which may hold some, are dropped first."""
    return [text for part in re.sub(r"--[^\n]*", "", script).split(";") if (text := part.strip())]
