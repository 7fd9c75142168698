"""The schema of a shared store: who may use it as it is, and who brings it up to date.

Daemons of two versions work side by side while a cluster is upgraded one by one. Migrations only add, so that
an older version can go on; one that it cannot live with begins with the line `-- ends: older versions`, and
from then on older versions are refused.
"""

import re

from pypes.errors import Unavailable
from pypes.store.asking import Asking, Queries, read_sql
from pypes.store.database import POSTGRES, Connection
from pypes.store.migrate import PACKAGE, migrations, statements

ENDS_OLDER = "-- ends: older versions"
_TEXT = re.compile(r"\btext\b")
_BYTEWISE = 'text COLLATE "C"'
"""Text is compared by its bytes, as SQLite does, whatever the database's own language is."""


def migrate(connection: Connection, *, where: str) -> None:
    """Bring a shared store up to date, all of it or nothing; whoever comes at the same time waits.

    Daemons that create the same tables at the same moment get in each other's way: try again.
    """
    asking = Asking(connection, Queries(POSTGRES))
    is_ours, tables = asking.row("postgres/tables", {}) or (0, 0)
    if tables and not is_ours:
        raise Unavailable(
            f"{where} holds another program's tables: name another database or schema; nothing was touched"
        )
    if is_ours and _is_current(asking, where):
        return
    connection.begin()
    try:
        _migrate_held(asking, connection, where)
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


def schema_version(connection: Connection) -> tuple[int, int]:
    """The newest migration applied, and the oldest version that may use the store as it is."""
    version, oldest = Asking(connection, Queries(POSTGRES)).row("postgres/schema", {}) or (0, 0)
    return version, oldest


def _is_current(asking: Asking, where: str) -> bool:
    version, oldest = asking.row("postgres/schema", {}) or (0, 0)
    newest = max(migrations())
    if oldest > newest:
        raise Unavailable(
            f"{where} was written by a newer pypes (schema {version}, for versions that know {oldest}; "
            f"this one knows {newest}): upgrade pypes; nothing was touched"
        )
    return bool(version >= newest)


def _migrate_held(asking: Asking, connection: Connection, where: str) -> None:
    """Whoever holds the row migrates; the others find it done."""
    asking.change("postgres/create_schema", {})
    asking.change("postgres/begin_schema", {})
    version, oldest = asking.row("postgres/hold_schema", {}) or (0, 0)
    if _is_current(asking, where):
        return
    known = migrations()
    for number, name in known.items():
        if number > version:
            script = read_sql(PACKAGE, name, POSTGRES)
            oldest = number if script.startswith(ENDS_OLDER) else max(oldest, 1)
            for statement in statements(script):
                connection.execute(_TEXT.sub(_BYTEWISE, statement))
    asking.change("postgres/set_schema", {"version": max(known), "oldest": oldest})
