"""Migrations: each once, in order, whole or not at all."""

import re
import sqlite3
from collections.abc import Iterator
from importlib import resources

import pytest

from pypes.errors import Unavailable
from pypes.store import migrate as module
from pypes.store.asking import read_sql
from pypes.store.migrate import migrate, migrations, schema_version


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    yield connection
    connection.close()


def tables(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_an_empty_file_gets_every_table_and_the_newest_number(connection: sqlite3.Connection) -> None:
    migrate(connection, where="here")
    assert {"agents", "actions", "inputs", "schedules", "runs", "counts"} <= tables(connection)
    assert schema_version(connection) == max(migrations())


def test_migrating_twice_changes_nothing(connection: sqlite3.Connection) -> None:
    migrate(connection, where="here")
    before = connection.execute("SELECT * FROM sqlite_master").fetchall()
    migrate(connection, where="here")
    assert connection.execute("SELECT * FROM sqlite_master").fetchall() == before


def test_numbers_follow_one_another_without_a_gap() -> None:
    assert list(migrations()) == list(range(1, len(migrations()) + 1))


def test_a_newer_store_is_refused_by_both_numbers(connection: sqlite3.Connection) -> None:
    migrate(connection, where="here")
    connection.execute("PRAGMA user_version = 999")
    with pytest.raises(Unavailable, match=r"here was written by a newer pypes \(schema 999"):
        migrate(connection, where="here")


def test_a_migration_that_fails_half_way_leaves_no_half(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = {
        "one": "CREATE TABLE a (x int); -- with; a semicolon\nCREATE TABLE b (x int)",
        "two": "CREATE TABLE c (x int); NONSENSE",
    }
    monkeypatch.setattr(module, "migrations", lambda: {1: "one", 2: "two"})
    monkeypatch.setattr(module, "read_sql", lambda _package, name: scripts[name])
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, where="here")
    assert tables(connection) == {"a", "b"}
    assert schema_version(connection) == 1
    scripts["two"] = "CREATE TABLE c (x int)"
    migrate(connection, where="here")
    assert tables(connection) == {"a", "b", "c"}


def test_every_question_can_be_prepared_on_the_newest_schema(connection: sqlite3.Connection) -> None:
    migrate(connection, where="here")
    names = [
        file.name for file in resources.files("pypes.store.queries").iterdir() if file.name.endswith(".sql")
    ]
    assert len(names) > 30
    for name in names:
        text = read_sql("pypes.store.queries", name.removesuffix(".sql"))
        assert text.startswith("--"), f"{name} does not say what it asks"
        connection.execute(f"EXPLAIN {text}", dict.fromkeys(re.findall(r":(\w+)", text)))
