"""`apply` and `export`: agents as files."""

import json
from pathlib import Path

import pytest

from cli.conftest import Pypes, cron, write_agent
from pypes.cli import apply, export


def test_each_agent_is_told_with_what_became_of_it(either_way: Pypes, tmp_path: Path) -> None:
    one, two = write_agent(tmp_path, "one"), write_agent(tmp_path, "two", "a label")
    assert either_way("apply", one).out == "created one\n"
    assert either_way("apply", one, two).out == "unchanged one\ncreated two\n"
    write_agent(tmp_path, "one", "another label")
    assert either_way("apply", one, two).out == "replaced one\nunchanged two\n"


def test_applying_twice_moves_no_schedule(either_way: Pypes, tmp_path: Path) -> None:
    file = write_agent(tmp_path, "yearly", cron("0 0 1 1 *"))
    either_way("apply", file)
    before = either_way("agent", "yearly", "next", "--json").json()
    either_way("apply", file)
    assert either_way("agent", "yearly", "next", "--json").json() == before


@pytest.mark.parametrize(
    "text",
    [
        '[{"name":"a"},{"name":"b"}]',
        '[\n  {"name": "a"},\n  {"name":\r\n "b"}\n]\n',
        '{"name":"a"}\n\n{"name":"b"}\n',
        '\n{"name":"a"}\n{"name":"b"}',
    ],
)
def test_arrays_and_lines_are_applied_alike(either_way: Pypes, tmp_path: Path, text: str) -> None:
    (tmp_path / "agents").write_text(text)
    assert either_way("apply", str(tmp_path / "agents")).out == "created a\ncreated b\n"


def test_one_mistake_and_nothing_is_applied(either_way: Pypes, tmp_path: Path) -> None:
    good, bad = write_agent(tmp_path, "good"), write_agent(tmp_path, "bad", '{"type":"webhok"}')
    refused = either_way("apply", good, bad)
    assert (refused.code, refused.out) == (2, "")
    assert "did you mean `webhook`?" in refused.err
    assert "$.actions[0].type" in refused.err
    assert either_way("ls").out == ""


def test_a_file_that_is_not_json_is_refused_by_name(either_way: Pypes, tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text('{"name": ')
    refused = either_way("apply", str(tmp_path / "broken.json"))
    assert refused.code == 2
    assert "broken.json" in refused.err


def test_a_file_that_is_missing_is_told(either_way: Pypes, tmp_path: Path) -> None:
    missing = either_way("apply", str(tmp_path / "nowhere.json"))
    assert missing.code == 2
    assert missing.err == f"pypes: {tmp_path}/nowhere.json: No such file or directory\n"


def test_what_is_exported_can_be_applied_again(
    either_way: Pypes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "PAGE", 2)
    for name in ["a", "b", "c"]:
        either_way(
            "apply", write_agent(tmp_path, name, cron("0 0 1 1 *"), "label", inputs=[{"n": 1.50}, "ü"])
        )
    exported = either_way("export")
    assert [json.loads(line)["name"] for line in exported.out.splitlines()] == ["a", "b", "c"]
    either_way("rm", "db")
    applied = either_way.process("apply", "-", stdin=exported.out.encode())
    assert applied.out == "created a\ncreated b\ncreated c\n"
    assert either_way("export").out == exported.out


def test_many_agents_are_counted_and_not_named(
    either_way: Pypes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apply, "FEW", 3)
    (tmp_path / "many").write_text("".join(f'{{"name":"agent {n}"}}\n' for n in range(20)))
    applied = either_way("apply", str(tmp_path / "many"))
    assert (applied.out, applied.err) == ("", "pypes: applied 20 agent(s)\n")


def test_what_an_import_kept_as_a_label_survives_an_export(either_way: Pypes, tmp_path: Path) -> None:
    either_way("import", str(Path(__file__).parent / "samples" / "agents.db"))
    exported = either_way("export").out
    (tmp_path / "exported").write_text(exported)
    applied = either_way("apply", str(tmp_path / "exported"))
    assert (applied.code, set(applied.out.split()[::2])) == (0, {"unchanged"})
    (tmp_path / "exported").write_text(exported.replace("telegram", "telegraph"))
    assert either_way("apply", str(tmp_path / "exported")).code == 2
    assert either_way("check").code == 0


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{"name":"a"}\n\n{"name":"b","actions":[5]}\n', 3),
        ('\n{"name":"a"}\n{"name":\n', 3),
        ('[\n  {"name": "a"},\n\n  {"name":\n   "b", "actions": [5]}\n]\n', 4),
        ('[\n  {"name": "a"}\n  {"name": "b"}\n]\n', 3),
        ('{\n "name": "a", }\n', 2),
    ],
)
def test_a_mistake_is_told_with_its_file_and_line(
    either_way: Pypes, tmp_path: Path, text: str, line: int
) -> None:
    (tmp_path / "bad").write_text(text)
    refused = either_way("apply", write_agent(tmp_path, "good"), str(tmp_path / "bad"))
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith(f"pypes: {tmp_path}/bad, line {line}: ")
    assert either_way("ls").out == ""


def test_a_mark_that_editors_put_before_utf8_is_no_mistake(pypes: Pypes, tmp_path: Path) -> None:
    (tmp_path / "marked").write_text('{"name":"a"}', encoding="utf-8-sig")
    assert pypes("apply", str(tmp_path / "marked")).out == "created a\n"
