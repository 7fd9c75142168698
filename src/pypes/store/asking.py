"""How a question reaches the database: the text of its .sql file and named parameters."""

import re
import sqlite3
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any

from pypes.store.rows import Row

Params = Mapping[str, Any]

_FOR_SQLITE = re.compile(r"/\* sqlite: (.*?) \*/")


def read_sql(package: str, name: str) -> str:
    """Read one .sql file, with what is meant for SQLite alone un-commented."""
    text = resources.files(package).joinpath(f"{name}.sql").read_text(encoding="utf-8")
    return _FOR_SQLITE.sub(r"\1", text)


class Queries(dict[str, str]):
    """The texts of all questions by name, each read when it is first asked."""

    def __missing__(self, name: str) -> str:
        text = self[name] = read_sql("pypes.store.queries", name)
        return text


class Asking:
    """A transaction that can ask by name; `Tx` gives each question its method."""

    def __init__(self, connection: sqlite3.Connection, queries: Queries) -> None:
        self._connection = connection
        self._queries = queries

    def rows(self, question: str, params: Params) -> list[Row]:
        """All rows of an answer."""
        return self._connection.execute(self._queries[question], params).fetchall()

    def row(self, question: str, params: Params) -> Row | None:
        """The first row of an answer, or None."""
        answer: Row | None = self._connection.execute(self._queries[question], params).fetchone()
        return answer

    def change(self, question: str, params: Params) -> int:
        """Make one change and say how many rows it found."""
        return self._connection.execute(self._queries[question], params).rowcount

    def change_each(self, question: str, many: Iterable[Params]) -> list[int]:
        """Make one change per item and say of each how many rows it found: fences are read one by one."""
        text, execute = self._queries[question], self._connection.execute
        return [execute(text, params).rowcount for params in many]
