"""Opening a file: what is not ours, not whole or not old enough is named, and left as it was."""

import random
import sqlite3
from pathlib import Path

import pytest
import uvloop

from conftest import NOON
from making import agent, cron
from pypes.errors import Unavailable
from pypes.store.migrate import migrations
from pypes.store.saving import save_agents
from pypes.store.sqlite import open_reader, open_writer
from pypes.store.store import Store


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A store of fifty agents, closed."""

    async def fill() -> None:
        store = await Store.open(tmp_path / "pypes.db")
        await store.write(
            lambda tx: save_agents(
                tx, [agent(f"a{number}", cron(), inputs=[1]) for number in range(50)], NOON
            )
        )
        await store.close()

    uvloop.run(fill())
    return tmp_path / "pypes.db"


def refusal(path: Path) -> str:
    """Why a file is not opened; that it was left as it was is part of it."""
    before = path.read_bytes()
    with pytest.raises(Unavailable) as refused:
        open_writer(path)
    assert path.read_bytes() == before
    return refused.value.message


@pytest.mark.parametrize(
    "content",
    [b"hello", b"SQLite format 2\x00" + b"\x00" * 4096, b"\x00" * 4096, b"{}", b"SQLite format 3\x00"],
)
def test_a_file_that_is_no_database_is_named_and_left(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "pypes.db"
    path.write_bytes(content)
    assert str(path) in refusal(path)
    assert "corrupt" in refusal(path)


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    path = tmp_path / "pypes.db"
    path.touch()
    open_writer(path).close()
    assert path.stat().st_size > 0


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    connection = open_writer(tmp_path / "pypes.db")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("UPDATE counts SET value = 1")
    connection.execute("COMMIT")
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    connection.close()
    assert set(modes.values()) == {0o600}, modes


def test_a_store_of_a_newer_version_is_left_alone(stored: Path) -> None:
    newer = max(migrations()) + 1
    with sqlite3.connect(stored) as connection:
        connection.execute(f"PRAGMA user_version = {newer}")
    connection.close()
    assert f"newer pypes (schema {newer}" in refusal(stored)


def test_another_program_s_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "pypes.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmarks (url text)")
    connection.close()
    assert "nothing was touched" in refusal(path)


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_store_is_opened_whole_or_refused_with_a_sentence(seed: int, stored: Path) -> None:
    chance = random.Random(seed)
    content = bytearray(stored.read_bytes())
    if seed % 2:
        del content[chance.randrange(100, len(content)) :]
    else:
        start = chance.randrange(16, 4096)
        content[start : start + 500] = chance.randbytes(500)
    stored.write_bytes(content)
    try:
        connection = open_writer(stored)
    except Unavailable:
        assert stored.read_bytes() == content
    else:
        connection.close()


def test_a_damaged_page_that_is_met_later_is_a_sentence_too(stored: Path) -> None:
    content = bytearray(stored.read_bytes())
    for page in range(1, len(content) // 4096):
        content[page * 4096 : page * 4096 + 200] = b"\xff" * 200
    stored.write_bytes(content)

    async def story() -> None:
        try:
            store = await Store.open(stored)
        except Unavailable:
            return
        try:
            with pytest.raises(Unavailable):
                await store.read(lambda tx: [tx.agents_page("", 100), tx.counts(), tx.next_look()])
            with pytest.raises(Unavailable):
                await store.write(lambda tx: save_agents(tx, [agent("new", cron())], NOON))
        finally:
            await store.close()

    uvloop.run(story())


def test_a_folder_in_the_store_s_place_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        open_writer(tmp_path)
    with pytest.raises(Unavailable):
        open_writer(tmp_path / "nowhere" / "pypes.db")


def test_a_store_that_cannot_be_opened_leaves_no_thread_behind(tmp_path: Path) -> None:
    (tmp_path / "pypes.db").write_bytes(b"hello")

    async def story() -> None:
        with pytest.raises(Unavailable):
            await Store.open(tmp_path / "pypes.db")

    uvloop.run(story())
    assert (tmp_path / "pypes.db").read_bytes() == b"hello"


def test_writes_are_synced_and_readers_cannot_write(tmp_path: Path) -> None:
    writer = open_writer(tmp_path / "pypes.db")
    reader = open_reader(tmp_path / "pypes.db")
    assert writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert writer.execute("PRAGMA synchronous").fetchone() == (2,)
    assert writer.execute("PRAGMA foreign_keys").fetchone() == (1,)
    with pytest.raises(sqlite3.OperationalError):
        reader.execute("DELETE FROM agents")
    reader.close()
    writer.close()
