"""PostgreSQL: what only a store meets that daemons share, and that may go away."""

import asyncio
import importlib
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import uvloop
from bench.postgres import Postgres as Server

from conftest import NOON, WithStore
from making import agent, ask, cron, ledger, receipt, save, schedules, settled
from pypes.clock import SECOND
from pypes.engine.claiming import claim
from pypes.engine.recording import record
from pypes.engine.taking_over import take_over
from pypes.errors import ConfigError, Unavailable
from pypes.store import migrate as migrations_module
from pypes.store import postgres as module
from pypes.store import postgres_schema
from pypes.store.asking import Queries, read_sql
from pypes.store.database import POSTGRES, Contended, Dialect, StoreFull, Unreachable
from pypes.store.postgres import Postgres
from pypes.store.postgres_schema import schema_version
from pypes.store.rows import NodeState
from pypes.store.saving import append_inputs, save_agent
from pypes.store.store import Store
from pypes.store.tx import Tx

SCALING = Path(__file__).parents[2] / "docs" / "scaling.md"


@pytest.fixture
def fresh(postgres: Server) -> str:
    """The URL of a database without any table."""
    return postgres.url(postgres.create())


def names(tx: Tx) -> list[str]:
    return [row.name for row in tx.agents_page("", 1000)]


def hang_up(place: Postgres) -> None:
    """Let the server cut every connection but the one that asks for it."""
    with place.open_reader() as connection:
        connection.execute(
            b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            b"WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


async def second_store(store: Store) -> Store:
    """What another daemon has open."""
    return await Store.open(store.database)


def test_without_the_driver_a_sentence_says_which_command_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "pypes.store.postgres")
    with pytest.raises(ConfigError, match=r"pip install 'pypes\[postgres\]'"):
        importlib.import_module("pypes.store.postgres")


def test_no_message_tells_the_password() -> None:
    place = Postgres("postgresql://me:geheim@127.0.0.1:9/nowhere")
    with pytest.raises(Unreachable) as caught:
        place.open_writer()
    assert "geheim" not in caught.value.message
    assert "postgresql://***@127.0.0.1:9/nowhere cannot be reached" in caught.value.message


def test_a_url_that_cannot_be_read_is_refused_without_its_password() -> None:
    with pytest.raises(ConfigError) as caught:
        Postgres("postgresql://me:geheim@localhost/x?no_such_setting=1")
    assert "no_such_setting" in caught.value.message
    assert "geheim" not in caught.value.message


def test_a_server_that_does_not_know_us_is_not_taken_for_one_that_is_away(postgres: Server) -> None:
    with pytest.raises(Unavailable, match="does not let us in") as caught:
        Postgres(postgres.url("no_such_database")).open_writer()
    assert not isinstance(caught.value, Unreachable)


def test_a_nul_in_a_text_is_stored_as_what_cannot_be_shown(with_shared: WithStore) -> None:
    async def story(store: Store) -> None:
        await store.write(lambda tx: append_inputs(tx, "a", ['"x\0y"'], NOON))
        assert await store.read(lambda tx: tx.inputs_of_agent("a")) == ['"x\ufffdy"']

    with_shared(story)


def test_a_connection_that_was_cut_is_replaced_before_anybody_notices(
    with_shared: WithStore, shared_store: Postgres
) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron())
        assert await store.read(names) == ["a"]
        await asyncio.to_thread(hang_up, shared_store)
        assert await store.read(names) == ["a"]
        await save(store, "b", cron())
        assert await store.read(names) == ["a", "b"]
        assert store.reopened == 1

    with_shared(story)


def test_a_unit_that_is_cut_off_half_way_leaves_nothing_and_says_so(
    with_shared: WithStore, shared_store: Postgres
) -> None:
    async def story(store: Store) -> None:
        def half(tx: Tx) -> None:
            save_agent(tx, agent("half", cron()), now=NOON)
            hang_up(shared_store)
            save_agent(tx, agent("other", cron()), now=NOON)

        with pytest.raises(Unreachable):
            await store.write(half)
        assert await store.read(names) == []
        assert set((await store.read(Tx.counts)).values()) == {0}

    with_shared(story)


def test_an_outage_is_told_in_one_sentence_however_it_shows(postgres: Server, fresh: str) -> None:
    async def story() -> set[str]:
        store = await Store.open(place)
        said = set()
        place._conninfo = place._conninfo.replace(f"port={postgres.port}", "port=9")
        hang_up(Postgres(fresh))
        for _ in range(3):
            for call in (store.read(names), store.write(names)):
                with pytest.raises(Unreachable) as caught:
                    await call
                said.add(caught.value.message)
        place._conninfo = place._conninfo.replace("port=9", f"port={postgres.port}")
        assert await store.write(names) == []
        await store.close()
        return said

    place = Postgres(fresh)
    assert len(uvloop.run(story())) == 1


def test_a_server_that_says_nothing_is_given_up(
    with_shared: WithStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(store: Store) -> None:
        monkeypatch.setattr(module.Connection, "patience", 0.2)
        with pytest.raises(Unreachable, match=r"has not answered for 0\.2 s"):
            await store.write(lambda tx: ask(tx, "SELECT pg_sleep(30)"))
        assert await store.write(names) == []

    monkeypatch.setattr(module, "PATIENCE", 0.2)
    with_shared(story)


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        ("53100", StoreFull, "is full: free some space"),
        ("53300", Unreachable, "cannot be reached"),
        ("57P01", Unreachable, "cannot be reached"),
        ("25006", Unreachable, "cannot be reached"),
        ("28000", Unavailable, "does not let us in"),
        ("42501", Unavailable, "cannot be used"),
        ("40P01", Contended, "is busy"),
    ],
)
def test_each_mistake_of_the_server_is_a_sentence_of_its_kind(
    code: str, kind: type[Unavailable], said: str, with_shared: WithStore
) -> None:
    async def story(store: Store) -> None:
        mistake = f"DO $$ BEGIN RAISE EXCEPTION 'oh' USING ERRCODE = '{code}'; END $$"
        with pytest.raises(Unavailable, match=said) as caught:
            await store.write(lambda tx: ask(tx, mistake))
        assert type(caught.value) is kind
        assert await store.write(names) == []

    with_shared(story)


def test_two_daemons_that_create_one_agent_at_the_same_moment_create_it_once(with_shared: WithStore) -> None:
    async def story(store: Store) -> None:
        other = await second_store(store)
        for number in range(20):
            parsed = agent(f"a{number}", cron())
            unit = partial(save_agent, agent=parsed, now=NOON)
            await asyncio.gather(store.write(unit), other.write(unit))
        await other.close()
        assert len(await store.read(names)) == len(await store.read(schedules)) == 20
        counts = await store.read(Tx.counts)
        assert (counts["agents"], counts["schedules"]) == (20, 20)

    with_shared(story)


def test_two_daemons_that_rewrite_one_agent_leave_what_one_of_them_said(with_shared: WithStore) -> None:
    async def story(store: Store) -> None:
        other = await second_store(store)
        await save(store, "a", cron())
        for number in range(20):
            one, two = (agent("a", *[cron(id=f"{who}{number}{n}") for n in range(3)]) for who in "xy")
            await asyncio.gather(
                store.write(partial(save_agent, agent=one, now=NOON)),
                other.write(partial(save_agent, agent=two, now=NOON)),
            )
            assert len(await store.read(schedules)) == 3
        await other.close()

    with_shared(story)


def test_daemons_that_claim_at_the_same_moment_share_what_is_due_and_nobody_waits(
    with_shared: WithStore,
) -> None:
    async def story(store: Store) -> None:
        other = await second_store(store)
        await save(store, "a", *[cron("* * * * * *", id=str(number)) for number in range(200)])
        for second in range(1, 6):
            now = NOON + second * SECOND
            units = [partial(claim, now=now, owner=who, limit=60) for who in "xyxyxy"]
            stores = [store, other] * 3
            claims = await asyncio.gather(
                *(each.write(unit) for each, unit in zip(stores, units, strict=True))
            )
            runs = [run.id for claimed in claims for run in claimed.runs]
            assert len(runs) == len(set(runs))
        await other.close()
        rows = await store.read(ledger)
        assert len({(row.action, row.slot) for row in rows}) == len(rows)

    with_shared(story)


def test_a_schedule_that_another_daemon_is_deciding_is_left_to_it(with_shared: WithStore) -> None:
    async def story(store: Store) -> None:
        other = await second_store(store)
        await save(store, "a", cron("* * * * * *"))
        loop, decided, may_end = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()

        def slowly(tx: Tx) -> int:
            found = claim(tx, now=NOON + SECOND, owner="x", limit=10)
            loop.call_soon_threadsafe(decided.set)
            asyncio.run_coroutine_threadsafe(may_end.wait(), loop).result(10)
            return len(found.runs)

        deciding = asyncio.create_task(store.write(slowly))
        await decided.wait()
        left = await other.write(lambda tx: claim(tx, now=NOON + SECOND, owner="y", limit=10))
        may_end.set()
        assert (await deciding, len(left.runs)) == (1, 0)
        await other.close()

    with_shared(story)


def test_two_daemons_that_start_on_an_empty_database_migrate_it_once(fresh: str) -> None:
    async def story() -> None:
        stores = await asyncio.gather(*(Store.open(Postgres(fresh)) for _ in range(3)))
        await save(stores[0], "a", cron())
        assert await stores[2].read(names) == ["a"]
        for store in stores:
            await store.close()

    uvloop.run(story())


def test_another_programs_database_is_refused_and_left(postgres: Server, fresh: str) -> None:
    database = fresh.rpartition("/")[2]
    postgres.ask("CREATE TABLE orders (id int)", database)
    with pytest.raises(Unavailable, match="holds another program's tables"):
        Postgres(fresh).open_writer()
    assert postgres.ask("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", database) == [(1,)]


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Let this version know one migration more; its text is the caller's."""
    known = migrations_module.migrations

    def know(script: str) -> None:
        def reading(package: str, name: str, dialect: Dialect) -> str:
            return script if name == "newer" else read_sql(package, name, dialect)

        monkeypatch.setattr(postgres_schema, "migrations", lambda: {**known(), 900: "newer"})
        monkeypatch.setattr(postgres_schema, "read_sql", reading)

    yield know
    monkeypatch.undo()


def test_an_older_version_goes_on_beside_a_newer_one_that_only_added(
    fresh: str, newer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        older = await Store.open(Postgres(fresh))
        newer("ALTER TABLE agents ADD COLUMN colour text; CREATE TABLE colours (name text)")
        upgraded = await Store.open(Postgres(fresh))
        await save(older, "a", cron())
        await save(upgraded, "b", cron())
        assert await older.read(names) == await upgraded.read(names) == ["a", "b"]
        monkeypatch.undo()
        restarted = await Store.open(Postgres(fresh))
        assert await restarted.read(names) == ["a", "b"]
        for store in (older, upgraded, restarted):
            await store.close()

    uvloop.run(story())
    with Postgres(fresh).open_reader() as connection:
        assert schema_version(connection) == (900, 1)


def test_a_store_that_older_versions_cannot_use_is_refused_by_them(
    fresh: str, newer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer("-- ends: older versions\nALTER TABLE agents RENAME COLUMN options TO settings")
    Postgres(fresh).open_writer().close()
    monkeypatch.undo()
    with pytest.raises(Unavailable, match="written by a newer pypes"):
        Postgres(fresh).open_writer()


def test_every_question_can_be_prepared_on_the_newest_schema(shared_store: Postgres) -> None:
    queries = Path(module.__file__).parent / "queries"
    asked = [path.relative_to(queries).with_suffix("") for path in sorted(queries.rglob("*.sql"))]
    known = [str(name) for name in asked if name.parts[0] != "sqlite"]
    assert len(known) > 90
    questions = Queries(POSTGRES)
    with shared_store.open_reader() as connection:
        for name in known:
            text = questions[name].text
            if text.startswith("CREATE"):
                continue
            prepared = connection.pgconn.prepare(b"", text.encode())
            assert not prepared.error_message, (name, prepared.error_message)


def test_a_ledger_that_is_partitioned_as_the_docs_say_works_on(postgres: Server, fresh: str) -> None:
    async def story() -> None:
        store = await Store.open(Postgres(fresh))
        await save(store, "a", cron())
        (run,) = (await store.write(partial(claim, now=NOON + SECOND, owner="me", limit=10))).runs
        done = settled(run, receipt(NOON + SECOND))
        assert await store.write(partial(record, settled=[done], owner="me", now=NOON + SECOND)) == [1]
        assert [row.state for row in await store.read(ledger)] == ["succeeded"]
        await store.close()

    (statements,) = re.findall(r"```sql\n(.*?)```", SCALING.read_text(), re.S)
    Postgres(fresh).open_writer().close()
    postgres.ask(statements, fresh.rpartition("/")[2])
    uvloop.run(story())


def test_text_is_compared_by_its_bytes_whatever_the_databases_language_is(with_shared: WithStore) -> None:
    async def story(store: Store) -> None:
        for name in ("b", "B", "ä", "a", "Z"):
            await save(store, name, cron())
        assert await store.read(names) == sorted(["b", "B", "ä", "a", "Z"])

    with_shared(story)


def test_a_transaction_of_a_frozen_daemon_does_not_keep_its_rows(
    with_shared: WithStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BEGIN", module._BEGIN.replace("'5s'", "'100ms'"))

    async def story(store: Store) -> None:
        def freeze(tx: Tx) -> None:
            save_agent(tx, agent("frozen", cron()), now=NOON)
            while True:
                asyncio.run_coroutine_threadsafe(asyncio.sleep(0.2), loop).result(10)
                ask(tx, "SELECT 1")

        loop = asyncio.get_running_loop()
        with pytest.raises(Unreachable, match="idle-in-transaction"):
            await store.write(freeze)
        assert await store.write(names) == []

    with_shared(story)


IN_A_BATCH = b"EXISTS (SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND wait_event = 'ClientRead')"


@contextmanager
def frozen_in_a_batch(place: Postgres, *queries: bytes) -> Iterator[None]:
    """A daemon that stands still while the server waits for the rest of a batch: it is not idle then."""
    connection = place.open_writer()
    try:
        connection.begin()
        connection.pgconn.enter_pipeline_mode()
        for query in queries:
            connection.pgconn.send_query_params(query, None)
        connection.pgconn.send_flush_request()
        while connection.pgconn.flush():
            pass
        wait_until(place, IN_A_BATCH)
        yield
    finally:
        connection.close()
        wait_until(place, b"NOT " + IN_A_BATCH)


def wait_until(place: Postgres, what: bytes) -> None:
    """Ask the server until it is so."""
    with place.open_reader() as connection:
        while not connection.execute(b"SELECT 1 WHERE " + what, prepare=False).fetchall():
            pass


def test_a_daemon_that_is_frozen_in_the_middle_of_a_batch_loses_its_rows(
    with_shared: WithStore, shared_store: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_WHOLE", module._WHOLE.replace("'30s'", "'300ms'"))

    async def story(store: Store) -> None:
        await save(store, "a", cron())
        with frozen_in_a_batch(shared_store, b"UPDATE agents SET options = 'lost'"):
            await save(store, "a", cron())
        assert await store.read(lambda tx: ask(tx, "SELECT options FROM agents")) == [("{}",)]

    with_shared(story)


def test_what_a_frozen_daemon_keeps_stops_nobody_from_taking_over_the_rest(
    with_shared: WithStore, shared_store: Postgres
) -> None:
    async def story(store: Store) -> None:
        await save(store, "a", cron())
        await save(store, "b", cron())
        await store.write(lambda tx: claim(tx, now=NOON + SECOND, owner="frozen", limit=10))
        with frozen_in_a_batch(shared_store, b"UPDATE runs SET attempt = 7 WHERE agent = 'a'"):
            async with asyncio.timeout(5):
                await store.write(lambda tx: take_over(tx, owner="me", now=NOON + 3 * SECOND))
            assert len(await store.read(lambda tx: tx.owned_ids("frozen"))) == 1
        await store.write(lambda tx: take_over(tx, owner="me", now=NOON + 3 * SECOND))
        assert await store.read(lambda tx: tx.owned_ids("frozen")) == []

    with_shared(story)


def test_a_daemon_that_cannot_be_given_up_this_moment_stops_nobody_from_giving_up_others(
    with_shared: WithStore, shared_store: Postgres
) -> None:
    async def story(store: Store) -> None:
        for name in ("dead", "frozen"):
            await store.write(partial(Tx.register_node, state=node(name, expires_at=NOON)))
        with frozen_in_a_batch(shared_store, b"UPDATE nodes SET held = 1 WHERE id = 'frozen'"):
            async with asyncio.timeout(5):
                assert await store.write(lambda tx: tx.expire_nodes("me", NOON)) == ["dead"]
        assert await store.write(lambda tx: tx.expire_nodes("me", NOON)) == ["frozen"]

    with_shared(story)


def node(name: str, *, expires_at: int) -> NodeState:
    """A daemon as it was heard of last."""
    return NodeState(name, name, "1", NOON, NOON, expires_at, draining=0, held=0, seats=1, rate=0, ahead=0)
