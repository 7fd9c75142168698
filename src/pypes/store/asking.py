"""How a question reaches the database: the text of its .sql file and named parameters."""

import re
from collections.abc import Callable, Iterable, Mapping
from importlib import resources
from operator import itemgetter
from typing import Any, NamedTuple

from pypes.store.database import SQLITE, Connection, Dialect
from pypes.store.rows import Row
from pypes.store.together import Together, together, written

Params = Mapping[str, Any]
Values = tuple[Any, ...]

_NAME = re.compile(r"(?<!:):([a-z_]+)")
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


class Query(NamedTuple):
    """A question as the driver takes it: names are bound by place, which costs it half as much."""

    text: str
    bind: Callable[[Params], Values]
    names: tuple[str, ...]
    """The parameters, in the order in which they are bound."""


def read_sql(package: str, name: str, dialect: Dialect = SQLITE) -> str:
    """Read one .sql file, with what is meant for this engine alone un-commented."""
    text = resources.files(package).joinpath(f"{name}.sql").read_text(encoding="utf-8")
    text = re.sub(rf"/\* {dialect.name}: (.*?) \*/", r"\1", text)
    return dialect.reserved.sub(r'"\g<0>"', text) if dialect.reserved else text


class Queries(dict[str, Query]):
    """All questions by name, each read when it is first asked."""

    def __init__(self, dialect: Dialect = SQLITE) -> None:
        super().__init__()
        self.dialect = dialect
        self._together: dict[str, Together] = {}

    def __missing__(self, name: str) -> Query:
        return self.define(name, read_sql("pypes.store.queries", name, self.dialect))

    def together(self, name: str, kind: type) -> Together:
        """The question asked of many rows at once; written when it is first asked."""
        known = self._together.get(name)
        if known is None:
            sql = read_sql("pypes.store.queries", name, self.dialect)
            known = self._together[name] = together(_COMMENT.sub("", sql).strip(), kind)
        return known

    def define(self, name: str, sql: str) -> Query:
        """Let `name` ask what `sql` says."""
        text = _COMMENT.sub("", sql).strip()
        names = tuple(dict.fromkeys(_NAME.findall(text)))
        mark = self.dialect.placeholder
        numbered = _NAME.sub(lambda match: f"{mark}{names.index(match[1]) + 1}", text)
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

    def __init__(self, connection: Connection, queries: Queries) -> None:
        self._connection = connection
        self._queries = queries

    @property
    def is_shared(self) -> bool:
        """Whether other daemons may write at the same time: then rows are held before they are judged."""
        return self._queries.dialect.is_shared

    def rows(self, question: str, params: Params) -> list[Row]:
        """All rows of an answer."""
        query = self._queries[question]
        answer: list[Row] = self._connection.execute(query.text, query.bind(params)).fetchall()
        return answer

    def row(self, question: str, params: Params) -> Row | None:
        """The first row of an answer, or None."""
        query = self._queries[question]
        answer: Row | None = self._connection.execute(query.text, query.bind(params)).fetchone()
        return answer

    def change(self, question: str, params: Params) -> int:
        """Make one change and say how many rows it found."""
        query = self._queries[question]
        found: int = self._connection.execute(query.text, query.bind(params)).rowcount
        return found

    def change_each(self, question: str, many: Iterable[Params]) -> list[int]:
        """Make one change per item and say of each how many rows it found: fences are read one by one."""
        query = self._queries[question]
        return self._connection.change_each(query.text, map(query.bind, many))

    def change_each_row(self, question: str, kind: type[Values], rows: Iterable[Values]) -> list[int]:
        """Do the same with records of one kind, a named tuple whose fields are the question's parameters."""
        query = self._queries[question]
        fields: tuple[str, ...] = kind._fields  # type: ignore[attr-defined]  # named tuples share no type
        if fields != query.names:
            rows = map(itemgetter(*map(fields.index, query.names)), rows)
        return self._connection.change_each(query.text, rows)

    def change_each_by_id(self, question: str, kind: type[Values], rows: Iterable[Values]) -> list[int]:
        """Do the same with records whose `id` names the row: a shared store is asked once for all of them."""
        if not self.is_shared:
            return self.change_each_row(question, kind, rows)
        fields: tuple[str, ...] = kind._fields  # type: ignore[attr-defined]  # named tuples share no type
        given = list(rows)
        if not given:
            return []
        for_all = self._queries.together(question, kind)
        answer = self._connection.execute(for_all.text, (written(fields, given),)).fetchall()
        changed = {key for (key,) in answer}
        if for_all.answers == "number":
            return [int(number in changed) for number in range(len(given))]
        return [_take(changed, row[fields.index("id")]) for row in given]


def _take(changed: set[str], key: str) -> int:
    """1 for the first row with a key that was inserted, 0 for its twins."""
    if key not in changed:
        return 0
    changed.remove(key)
    return 1
