"""How a question reaches the database: the text of its .sql file and named parameters."""

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import resources
from operator import itemgetter
from typing import Any, NamedTuple

from pypes.store.rows import Row

Params = Mapping[str, Any]
Values = tuple[Any, ...]

_FOR_SQLITE = re.compile(r"/\* sqlite: (.*?) \*/")
_NAME = re.compile(r"(?<!:):([a-z_]+)")
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


class Query(NamedTuple):
    """A question as the driver takes it: names are bound by place, which costs it half as much."""

    text: str
    bind: Callable[[Params], Values]
    names: tuple[str, ...]
    """The parameters, in the order in which they are bound."""


def read_sql(package: str, name: str) -> str:
    """Read one .sql file, with what is meant for SQLite alone un-commented."""
    text = resources.files(package).joinpath(f"{name}.sql").read_text(encoding="utf-8")
    return _FOR_SQLITE.sub(r"\1", text)


class Queries(dict[str, Query]):
    """All questions by name, each read when it is first asked."""

    def __missing__(self, name: str) -> Query:
        return self.define(name, read_sql("pypes.store.queries", name))

    def define(self, name: str, sql: str) -> Query:
        """Let `name` ask what `sql` says."""
        text = _COMMENT.sub("", sql).strip()
        names = tuple(dict.fromkeys(_NAME.findall(text)))
        numbered = _NAME.sub(lambda match: f"?{names.index(match[1]) + 1}", text)
        query = self[name] = Query(numbered, _binder(names), names)
        return query


def _binder(names: tuple[str, ...]) -> Callable[[Params], Values]:
    if not names:
        return lambda _params: ()
    if len(names) == 1:
        return lambda params: (params[names[0]],)
    return itemgetter(*names)


class Asking:
    """A transaction that can ask by name; `Tx` gives each question its method."""

    def __init__(self, connection: sqlite3.Connection, queries: Queries) -> None:
        self._connection = connection
        self._queries = queries

    def rows(self, question: str, params: Params) -> list[Row]:
        """All rows of an answer."""
        query = self._queries[question]
        return self._connection.execute(query.text, query.bind(params)).fetchall()

    def row(self, question: str, params: Params) -> Row | None:
        """The first row of an answer, or None."""
        query = self._queries[question]
        answer: Row | None = self._connection.execute(query.text, query.bind(params)).fetchone()
        return answer

    def change(self, question: str, params: Params) -> int:
        """Make one change and say how many rows it found."""
        query = self._queries[question]
        return self._connection.execute(query.text, query.bind(params)).rowcount

    def change_each(self, question: str, many: Iterable[Params]) -> list[int]:
        """Make one change per item and say of each how many rows it found: fences are read one by one."""
        query = self._queries[question]
        return self._change_all(query, map(query.bind, many))

    def change_each_row(self, question: str, kind: type[Values], rows: Iterable[Values]) -> list[int]:
        """Do the same with records of one kind, a named tuple whose fields are the question's parameters."""
        query = self._queries[question]
        fields: tuple[str, ...] = kind._fields  # type: ignore[attr-defined]  # named tuples share no type
        if fields == query.names:
            return self._change_all(query, rows)
        return self._change_all(query, map(itemgetter(*map(fields.index, query.names)), rows))

    def _change_all(self, query: Query, many: Iterable[Values]) -> list[int]:
        """Let the driver loop, and count changes between two rows: half the cost of a loop of ours."""
        found: list[int] = []
        self._connection.executemany(query.text, self._counted(many, found))
        return found

    def _counted(self, many: Iterable[Values], found: list[int]) -> Iterator[Values]:
        connection = self._connection
        before = connection.total_changes
        for values in many:
            yield values
            after = connection.total_changes
            found.append(after - before)
            before = after
