"""`import`, on a dump in the format of the original's store."""

import json
import shutil
from pathlib import Path

import pytest

from cli.conftest import Pypes
from pypes.cli.importing import read_otherwise
from pypes.cli.original import read_original
from pypes.errors import InvalidInput, NotFound

SAMPLE = Path(__file__).parent / "samples" / "agents.db"

COUNTED = "the original counted Sunday as 1, and meant"
BOTH_DAYS = (
    "here either day of month or day of week will do; the original asked for both: "
    "write +1 as its day of week to keep that"
)


def test_agents_of_the_original_come_over_with_inputs_and_actions(either_way: Pypes) -> None:
    imported = either_way("import", str(SAMPLE))
    assert (imported.code, imported.out) == (0, "Imported 5 agent(s)\n")
    assert either_way("ls").out.split() == [
        *("Agent", "echo"),
        *("Agent", "office"),
        *("Agent", "old"),
        *("Agent", "ticker"),
        *("Agent", "web-summarize"),
    ]
    echo = either_way("agent", "echo", "show", "--json").json()
    assert echo["inputs"] == [{"event": "hello", "payload": 'wörld "quoted"'}]
    (tick,) = either_way("agent", "ticker", "show", "--json").json()["actions"]
    assert (tick["type"], tick["expression"]) == ("cron", "* * * * * *")


def test_what_would_be_refused_is_kept_as_a_label_and_told(pypes: Pypes) -> None:
    told = pypes("import", str(SAMPLE)).err.splitlines()
    assert any(line.startswith("pypes: old[0] is kept as a label:") and "telegram" in line for line in told)
    assert any(line.startswith("pypes: old[1] is kept as a label:") and "http://" in line for line in told)
    assert any(line.startswith("pypes: old[2] is kept as a label:") for line in told)
    assert not any("web-summarize" in line for line in told), "what always was a label is no news"
    ran = pypes("agent", "old", "run")
    assert (ran.code, ran.out.count("unrecognized action")) == (0, 3)


def test_what_is_no_agent_is_dropped_and_told(pypes: Pypes) -> None:
    told = pypes("import", str(SAMPLE))
    assert "pypes: key was dropped: its value is not an agent\n" in told.err
    assert "an agent needs a name" in told.err
    dropped = pypes("import", str(SAMPLE), "--json").json()["dropped"]
    assert set(dropped) == {"key", ""}


def test_an_ambiguous_day_of_week_is_told_in_both_readings_and_left_as_it_is(pypes: Pypes) -> None:
    told = [line for line in pypes("import", str(SAMPLE)).err.splitlines() if "office" in line]
    assert len(told) == 4
    assert "`0 9 * * 2-6`: here it means Tuesday through Saturday; the original" in told[0]
    assert f"{COUNTED} Monday through Friday: write 1-5 as its day of week to keep that" in told[0]
    assert f"`0 9 1 * 2`: here it means Tuesday; {COUNTED} Monday: write 1 as" in told[1]
    assert f"`0 9 1 * 2`: {BOTH_DAYS}" in told[2]
    assert "`0 9 * * 0`: the original could not read its day of week, so it never ran there" in told[3]
    actions = pypes("agent", "office", "show", "--json").json()["actions"]
    assert [action["expression"] for action in actions][:1] == ["0 9 * * 2-6"]


@pytest.mark.parametrize("expression", ["0 9 * * MON", "0 9 * * *", "* * * * * *", "0 9 * * 1-7", "@daily"])
def test_what_both_read_alike_is_not_mentioned(expression: str) -> None:
    assert list(read_otherwise(expression)) == []


def test_by_default_the_dump_in_the_home_is_read(pypes: Pypes) -> None:
    (pypes.home / "db").mkdir()
    shutil.copy(SAMPLE, pypes.home / "db" / "agents.db")
    assert pypes("import").out == "Imported 5 agent(s)\n"
    assert pypes("import").out == "Imported 5 agent(s)\n"


def test_the_dump_is_never_written(pypes: Pypes, tmp_path: Path) -> None:
    copy = tmp_path / "agents.db"
    shutil.copy(SAMPLE, copy)
    copy.chmod(0o400)
    before = copy.stat()
    pypes("import", str(copy))
    assert copy.read_bytes() == SAMPLE.read_bytes()
    assert copy.stat().st_mtime_ns == before.st_mtime_ns


def test_a_missing_dump_is_not_found(pypes: Pypes) -> None:
    missing = pypes("import")
    assert missing.code == 4
    assert missing.err == f"pypes: there is no {pypes.home}/db/agents.db\n"


@pytest.mark.parametrize("text", ["", "{}", "[]", "[1,{}]", '[{"a":1},{}]', "SQLite format 3", "[" * 5000])
def test_what_is_no_dump_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "agents.db").write_text(text)
    with pytest.raises(InvalidInput, match="of the original: expected"):
        read_original(tmp_path / "agents.db")


def test_a_dump_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "agents.db").write_bytes(b"\xff\x00")
    with pytest.raises(InvalidInput, match="not UTF-8"):
        read_original(tmp_path / "agents.db")
    with pytest.raises(NotFound):
        read_original(tmp_path / "elsewhere.db")


def test_templates_and_names_that_come_twice_are_told(pypes: Pypes, tmp_path: Path) -> None:
    hook = {"type": "webhook", "url": "https://example.com/", "payload": {"text": "{{ x }}"}}
    agents = {
        "one": {"name": "same", "inputs": [], "actions": [json.dumps(hook)]},
        "two": {"name": "same", "inputs": [], "actions": []},
        "bad\x1b[2J": {"name": "a\x1bb", "inputs": [], "actions": []},
    }
    (tmp_path / "dump").write_text(json.dumps([{key: json.dumps(agents[key]) for key in agents}, {}]))
    told = pypes("import", str(tmp_path / "dump"))
    assert told.out == "Imported 1 agent(s)\n"
    assert "agent `same`, $.actions[0].payload.text: nothing is called `x` here" in told.err
    assert "same was dropped: another key holds an agent of this name" in told.err
    assert "\x1b" not in told.err
