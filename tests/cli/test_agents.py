import json
from pathlib import Path

import pytest

from cli.conftest import Pypes
from pypes.cli import agents


def test_adding_and_listing_prints_what_the_original_printed(either_way: Pypes) -> None:
    added = either_way("add", "agent", "echo")
    assert (added.code, added.out) == (0, "Added echo\n")
    assert either_way("ls").out == "Agent echo\n"


def test_an_agent_that_exists_is_not_replaced_by_adding_it(either_way: Pypes) -> None:
    either_way("add", "agent", "echo")
    either_way("agent", "echo", "add", '{"kept":1}')
    again = either_way("add", "agent", "echo")
    assert (again.code, again.out) == (5, "")
    assert again.err == "pypes: there is already an agent `echo`\n"
    assert either_way("agent", "echo", "show", "--json").json()["inputs"] == [{"kept": 1}]


def test_what_is_absent_cannot_be_removed(either_way: Pypes) -> None:
    gone = either_way("rm", "agent", "nobody")
    assert gone.code == 4
    assert gone.err == "pypes: there is no agent `nobody`\n"


def test_a_removed_agent_is_gone(either_way: Pypes) -> None:
    either_way("add", "agent", "echo")
    assert either_way("rm", "agent", "echo").code == 0
    assert either_way("ls").out == ""


@pytest.mark.parametrize("name", ["with a blank", "a/b", "ümläut → 🤖", "100%", "?x=1#y", "..", "-"])
def test_any_name_travels_unharmed(either_way: Pypes, name: str) -> None:
    assert either_way("add", "agent", "--", name).code == 0
    assert either_way("ls").out == f"Agent {name}\n"
    assert either_way("agent", "--", name, "show", "--json").json()["name"] == name
    assert either_way("rm", "agent", "--", name).code == 0


def test_a_name_that_nobody_could_use_is_refused(either_way: Pypes) -> None:
    refused = either_way("add", "agent", "x" * 300)
    assert refused.code == 2
    assert "at most 255 characters" in refused.err


def test_a_long_list_is_read_page_by_page(pypes: Pypes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "PAGE", 2)
    for name in "abcd":
        pypes("add", "agent", name)
    assert pypes("ls").out == "Agent a\nAgent b\nAgent c\nAgent d\n"
    pypes("add", "agent", "e")
    assert pypes("ls").out.splitlines()[-1] == "Agent e"


def test_json_is_what_the_api_gives(either_way: Pypes) -> None:
    assert either_way("add", "agent", "echo", "--json").json() == {"records_created": 1}
    expected = [{"name": "echo", "inputs": [], "actions": []}]
    assert either_way("ls", "--json").json() == expected


def test_json_may_stand_anywhere_after_the_command(pypes: Pypes) -> None:
    pypes("add", "agent", "echo")
    for words in (
        ["agent", "echo", "show", "--json"],
        ["agent", "echo", "--json", "show"],
        ["agent", "--json", "echo", "show"],
    ):
        assert json.loads(pypes(*words).out)["name"] == "echo"


def test_emptying_the_store_asks_nobody_who_is_not_at_a_terminal(pypes: Pypes) -> None:
    pypes("add", "agent", "echo")
    assert pypes.process("rm", "db").code == 0
    assert pypes("ls").out == ""


def test_the_vector_database_of_the_original_is_declined_in_a_sentence(pypes: Pypes) -> None:
    declined = pypes("add", "vector-db")
    assert declined.code == 2
    assert declined.err.startswith("pypes: pypes does not run vector databases")


def test_without_a_daemon_nothing_but_the_store_is_left(pypes: Pypes) -> None:
    pypes("add", "agent", "echo")
    left = sorted(str(path.relative_to(pypes.home)) for path in pypes.home.rglob("*") if path.is_file())
    assert left == ["db/pypes.db", "db/pypes.lock"]


def test_homes_are_for_their_owner_alone(
    pypes: Pypes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYPES_HOME", str(tmp_path / "new" / "home"))
    pypes("add", "agent", "echo")
    for path in [tmp_path / "new" / "home", *(tmp_path / "new" / "home").rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_home_may_be_a_link(pypes: Pypes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = tmp_path / "link"
    link.symlink_to(pypes.home)
    monkeypatch.setenv("PYPES_HOME", str(link))
    assert pypes("add", "agent", "echo").code == 0
    monkeypatch.setenv("PYPES_HOME", str(pypes.home))
    assert pypes("ls").out == "Agent echo\n"
