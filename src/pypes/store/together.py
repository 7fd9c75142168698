"""Together: a change of one row, asked of many rows in one statement.

A server takes tens of microseconds for each statement, whatever it does: a fire has three. The text is that
of the question about one row; its parameters become columns of a list that is sent as JSON.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, get_args, get_type_hints

import msgspec

_PARAMETER = re.compile(r"(?<!:):([a-z_]+)")
_VALUES = re.compile(r"VALUES\s*\(([^()]*)\)")
_WHERE = re.compile(r"\bWHERE\b")
_TYPES = {str: "text", int: "bigint"}


class Together(NamedTuple):
    """A statement about all rows of a list, which is `$1`."""

    text: str
    answers: str
    """What it says of each row that was changed: its `id`, or its `number` in the list."""


def together(sql: str, kind: type) -> Together:
    """Rewrite an INSERT of one row, or an UPDATE of one row, so that it changes all rows of a list.

    `kind` is a named tuple whose fields are the parameters, `id` one of them. No column of the text is named
    with a leading `_`.
    """
    columns = ", ".join(f"_{field} {_type(hint)}" for field, hint in get_type_hints(kind).items())
    given = f"FROM json_to_recordset($1::json) AS given (_number bigint, {columns})"
    sql = _PARAMETER.sub(r"given._\1", sql)
    if _VALUES.search(sql):
        text = _VALUES.sub(rf"SELECT \1 {given}", sql, count=1)
        return Together(f"{text} RETURNING id", "id")
    text = _WHERE.sub(f"{given} WHERE", sql, count=1)
    return Together(f"{text} RETURNING given._number", "number")


def written(fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Write rows as the list that such a statement takes; text has no NUL, which PostgreSQL refuses."""
    names = [f"_{field}" for field in fields]
    listed = [dict(zip(names, row, strict=True), _number=number) for number, row in enumerate(rows)]
    text = msgspec.json.encode(listed).decode()
    if "\\u0000" not in text:
        return text
    cleaned = [{name: _clean(value) for name, value in each.items()} for each in listed]
    return msgspec.json.encode(cleaned).decode()


def _clean(value: Any) -> Any:
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


@lru_cache
def _type(hint: Any) -> str:
    """The type of a column, by that of the field: `int | None` is a number that may be null."""
    return next(_TYPES[each] for each in (hint, *get_args(hint)) if each in _TYPES)
