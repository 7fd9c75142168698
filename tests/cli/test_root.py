import subprocess
import sys
from pathlib import Path

import click
import pytest

from cli.conftest import Pypes
from pypes import __version__
from pypes.cli.root import SECTIONS, root

HEAVY = {"msgspec", "starlette", "uvicorn", "uvloop", "sqlite3", "asyncio", "pypes.config", "pypes.store"}
COMMANDS = [name for section in SECTIONS.values() for name in section]


def test_help_lists_every_command_without_importing_any(pypes: Pypes) -> None:
    loaded = _modules_loaded_by(pypes, "--help")
    assert not loaded & HEAVY
    assert "pypes.cli.client" in loaded or "http.client" not in loaded
    shown = pypes("--help").out
    assert all(f"\n  {name} " in shown for name in COMMANDS)


def test_through_the_socket_nothing_heavy_is_imported(daemon_home: Path) -> None:
    assert not _modules_loaded_by(Pypes(daemon_home), "ls") & HEAVY


def _modules_loaded_by(pypes: Pypes, *words: str) -> set[str]:
    script = f"import sys; from pypes.cli import guarded, root; guarded(root, {words!r}); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=pypes.environment(), check=True
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_and_takes_json(pypes: Pypes, name: str) -> None:
    shown = pypes(name, "-h")
    assert shown.code == 0
    assert f"Usage: pypes {name}" in shown.out
    assert "--json" in shown.out


def test_the_version_is_printed(pypes: Pypes) -> None:
    assert pypes("--version").out == f"pypes {__version__}\n"


def test_an_unknown_command_suggests_the_nearest(pypes: Pypes) -> None:
    refused = pypes("statsu")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith("pypes: there is no command `statsu`: did you mean `status`?\n")
    assert "did you mean `resume`?" in pypes("agent", "x", "resum").err


def test_an_unknown_option_is_refused_with_the_way_to_the_help(pypes: Pypes) -> None:
    refused = pypes("ls", "--loud")
    assert refused.code == 2
    assert "--loud" in refused.err
    assert refused.err.endswith("try `pypes ls --help`\n")


def test_a_missing_name_is_asked_for(pypes: Pypes) -> None:
    refused = pypes("add", "agent")
    assert refused.code == 2
    assert "NAME" in refused.err


def test_no_command_at_all_shows_the_help(pypes: Pypes) -> None:
    shown = pypes()
    assert shown.code == 2
    assert "Usage: pypes" in shown.err


def test_commands_are_named_for_their_place() -> None:
    for section in SECTIONS.values():
        for name in section:
            command = root.get_command(click.Context(root), name)
            assert command is not None
            assert command.name == name


@pytest.mark.parametrize("words", [["agent", "-h"], ["rm", "-h"], ["add", "-h"]])
def test_no_line_of_a_help_is_cut_off(pypes: Pypes, words: list[str]) -> None:
    shown = pypes.process(*words, COLUMNS="60").out
    assert "..." not in shown.partition("Commands:")[2]


def test_json_may_be_asked_for_before_the_command(pypes: Pypes) -> None:
    assert pypes("--json", "ls").json() == []
    assert pypes("--json", "agent", "nobody", "show").json()["exit"] == 4
