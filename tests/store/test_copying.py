"""Copying: everything arrives, or nothing; nobody may be at work meanwhile."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop

from conftest import NOON
from making import MINUTE, agent, cron, ledger, receipt, save, schedules, settled
from pypes.engine.claiming import claim
from pypes.engine.recording import record
from pypes.errors import Conflict, NotFound
from pypes.store import postgres, sqlite
from pypes.store.copying import copy_store
from pypes.store.database import Database
from pypes.store.lock import OwnerLock
from pypes.store.postgres import Postgres
from pypes.store.rows import NodeState
from pypes.store.saving import append_inputs, save_agent
from pypes.store.sqlite import Sqlite
from pypes.store.store import Store
from pypes.store.tx import Tx


def tell(place: Database, story: Callable[[Store], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        store = await Store.open(place)
        try:
            return await story(store)
        finally:
            await store.close()

    return uvloop.run(run())


async def fill(store: Store) -> None:
    """Two agents, inputs, one run that is over and one that is not."""
    await save(store, "ä b", cron("* * * * *"), inputs=[{"x": "☂"}], now=NOON - MINUTE)
    (run,) = (await store.write(lambda tx: claim(tx, now=NOON, owner="me", limit=10))).runs
    await store.write(lambda tx: record(tx, [settled(run, receipt(NOON))], owner="me", now=NOON))
    await store.write(lambda tx: claim(tx, now=NOON + MINUTE, owner="me", limit=10))
    await store.write(lambda tx: append_inputs(tx, "nobody", ['"later"'], NOON))


async def everything(store: Store) -> Any:
    def read(tx: Tx) -> Any:
        agents = tx.agents_page("", 100)
        inputs = [tx.inputs_of_agent(row.id) for row in agents]
        return (
            agents,
            inputs,
            [tx.actions_of_agent(row.id) for row in agents],
            schedules(tx),
            ledger(tx),
            tx.counts(),
        )

    return await store.read(read)


def test_a_store_goes_to_postgres_and_back_with_everything(tmp_path: Path, shared_store: Postgres) -> None:
    here, back = Sqlite(tmp_path / "here.db"), Sqlite(tmp_path / "back.db")
    tell(here, fill)
    copied = copy_store(here, shared_store, now=NOON)
    assert (copied["agents"], copied["runs"], copied["inputs"], copied["schedules"]) == (1, 2, 2, 1)
    assert copy_store(shared_store, back, now=NOON)["runs"] == 2
    assert tell(here, everything) == tell(shared_store, everything) == tell(back, everything)


def test_a_copy_goes_on_where_the_original_stopped(tmp_path: Path, shared_store: Postgres) -> None:
    async def go_on(store: Store) -> None:
        await store.write(lambda tx: save_agent(tx, agent("new", cron()), now=NOON))
        assert (await store.read(Tx.counts))["agents"] == 2

    here = Sqlite(tmp_path / "here.db")
    tell(here, fill)
    copy_store(here, shared_store, now=NOON)
    tell(shared_store, go_on)


def test_a_target_that_holds_anything_is_refused_and_left(tmp_path: Path, place: Database) -> None:
    here = Sqlite(tmp_path / "here.db")
    tell(here, fill)
    tell(place, fill)
    before = tell(place, everything)
    with pytest.raises(Conflict, match="is not empty"):
        copy_store(here, place, now=NOON)
    assert tell(place, everything) == before


def test_a_source_that_is_not_there_is_not_made(tmp_path: Path, shared_store: Postgres) -> None:
    with pytest.raises(NotFound, match="there is no store"):
        copy_store(Sqlite(tmp_path / "none.db"), shared_store, now=NOON)
    assert list(tmp_path.iterdir()) == []


def test_a_store_in_use_is_not_copied(tmp_path: Path, shared_store: Postgres) -> None:
    here = Sqlite(tmp_path / "here.db")
    tell(here, fill)
    lock = OwnerLock(tmp_path / "here.lock")
    assert lock.acquire()
    with pytest.raises(Conflict, match="is in use by process"):
        copy_store(here, shared_store, now=NOON)
    lock.release()


def test_a_database_that_a_daemon_uses_is_neither_read_nor_filled(
    tmp_path: Path, shared_store: Postgres
) -> None:
    node = NodeState("daemon-1", "here", "1", NOON, NOON, NOON + MINUTE, 0, 0, 9, 0, 0)
    tell(shared_store, lambda store: store.write(lambda tx: tx.register_node(node)))
    here = Sqlite(tmp_path / "here.db")
    tell(here, fill)
    for source, target in ((here, shared_store), (shared_store, Sqlite(tmp_path / "other.db"))):
        with pytest.raises(Conflict, match="is in use by daemon-1"):
            copy_store(source, target, now=NOON)
    copy_store(here, shared_store, now=NOON + MINUTE)


def test_a_copy_that_fails_half_way_leaves_the_target_empty(
    tmp_path: Path, place: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Sqlite(tmp_path / "here.db")
    tell(here, fill)
    kind = sqlite.Connection if isinstance(place, Sqlite) else postgres.Connection
    real = kind.load
    calls = iter(range(100))

    def failing(self: Any, table: str, columns: Any, rows: Any) -> int:
        if next(calls) == 4:
            raise RuntimeError("pulled the plug")
        return real(self, table, columns, rows)

    monkeypatch.setattr(kind, "load", failing)
    with pytest.raises(RuntimeError):
        copy_store(here, place, now=NOON)
    monkeypatch.undo()
    assert tell(place, everything)[0] == []
