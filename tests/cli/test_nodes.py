"""`nodes`, `drain` and `copy`, and how a command finds the store that daemons share."""

import json
from pathlib import Path

import pytest
from bench.postgres import Postgres as Server

from cli.conftest import Pypes, cron, running_daemon, write_agent


@pytest.fixture
def shared(postgres: Server) -> str:
    """The URL of a fresh database."""
    return postgres.url(postgres.create())


def test_a_daemon_on_a_file_is_the_only_node(daemon_home: Path) -> None:
    said = Pypes(daemon_home).process("nodes")
    head, row = said.out.splitlines()
    assert head.split()[:3] == ["node", "state", "version"]
    assert row.split()[1] == "active"
    (node,) = Pypes(daemon_home).process("nodes", "--json").json()["items"]
    assert node["version"] in row


def test_without_a_daemon_there_is_no_node_and_none_to_drain(pypes: Pypes) -> None:
    said = pypes("nodes")
    assert (said.code, said.out, said.err) == (0, "", "pypes: no daemon runs\n")
    refused = pypes("drain")
    assert (refused.code, "is not running" in refused.err) == (3, True)
    assert pypes("drain", "nobody").code == 4


def test_a_drained_daemon_fires_nothing_until_the_drain_ends(daemon_home: Path) -> None:
    pypes = Pypes(daemon_home)
    (node,) = pypes.process("drain", "--json").json()["items"]
    assert node["state"] == "draining"
    assert pypes.process("drain", "nobody").code == 4
    (node,) = pypes.process("drain", node["node"], "--end", "--json").json()["items"]
    assert node["state"] == "active"


def test_a_command_without_a_daemon_uses_the_database_of_the_settings(
    pypes: Pypes, shared: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PYPES_DATABASE", shared)
    assert pypes("apply", write_agent(tmp_path, "a", cron("0 0 1 1 *"))).code == 0
    assert pypes("ls", "--json").json()[0]["name"] == "a"
    assert not (pypes.home / "db" / "pypes.db").exists()
    assert pypes("nodes", "--json").json()["items"] == []
    monkeypatch.delenv("PYPES_DATABASE")
    assert pypes("ls", "--json").json() == []


def test_a_run_without_a_daemon_is_executed_on_a_shared_store_too(
    pypes: Pypes, shared: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PYPES_DATABASE", shared)
    refused = json.dumps({"type": "webhook", "url": "http://127.0.0.1:9/"})
    assert pypes("apply", write_agent(tmp_path, "a", refused)).code == 0
    said = pypes("agent", "a", "run")
    assert (said.code, said.out[:19]) == (1, "[0] webhook FAILED:")
    (run,) = pypes("runs", "--json").json()["items"]
    assert run["state"] == "failed"


def test_a_password_on_the_command_line_is_passed_on_where_nobody_reads_it(home: Path, shared: str) -> None:
    url = shared.replace("postgres@", "postgres:geheim@")
    with running_daemon(home, "--database", url) as command:
        status = command.process("status", "--json").json()
        assert b"geheim" not in Path(f"/proc/{status['pid']}/cmdline").read_bytes()
        assert len(command.process("nodes", "--json").json()["items"]) == 1
        assert command.process("restart").code == 0
        assert command.process("ls").code == 0
    assert "geheim" not in (home / "tmp" / "daemon.err").read_text()


def test_a_store_moves_to_a_database_and_is_not_copied_twice(
    pypes: Pypes, shared: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pypes("apply", write_agent(tmp_path, "a", cron("0 0 1 1 *"))).code == 0
    here = f"sqlite:///{pypes.home}/db/pypes.db"
    said = pypes("copy", "--from", here, "--to", shared, "--json")
    assert said.json()["rows"]["agents"] == 1
    assert said.json()["to"].startswith("postgresql://***@")
    again = pypes("copy", "--from", here, "--to", shared)
    assert (again.code, "is not empty" in again.err) == (5, True)
    monkeypatch.setenv("PYPES_DATABASE", shared)
    assert pypes("agent", "a", "show").code == 0


def test_a_copy_of_what_is_no_store_is_refused(pypes: Pypes, tmp_path: Path) -> None:
    said = pypes("copy", "--from", "mysql://me:geheim@host/x", "--to", f"sqlite:///{tmp_path}/x.db")
    assert said.code == 2
    assert "is not a store" in said.err
    assert "geheim" not in said.err


def test_a_database_that_cannot_be_reached_is_exit_3(pypes: Pypes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYPES_DATABASE", "postgresql://me:geheim@127.0.0.1:9/x")
    said = pypes("ls")
    assert said.code == 3
    assert "postgresql://***@127.0.0.1:9/x cannot be reached" in said.err
