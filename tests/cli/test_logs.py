import signal
from pathlib import Path

import pytest

from cli.conftest import Pypes


@pytest.fixture
def log(pypes: Pypes) -> Path:
    (pypes.home / "tmp").mkdir()
    path = pypes.home / "tmp" / "daemon.err"
    path.write_text("".join(f"[daemon] line {number}\n" for number in range(20_000)))
    return path


def test_the_last_lines_are_shown(pypes: Pypes, log: Path) -> None:
    assert pypes("logs", "-n", "2").out == "[daemon] line 19998\n[daemon] line 19999\n"
    assert len(pypes("logs").out.splitlines()) == 50
    assert len(pypes("logs", "-n", "30000").out.splitlines()) == 20_000
    assert pypes("logs", "-n", "0").out == ""


def test_lines_are_objects_when_json_is_asked_for(pypes: Pypes, log: Path) -> None:
    assert pypes("logs", "-n", "1", "--json").json() == {"line": "[daemon] line 19999"}
    log.write_text('{"message":"as it is"}\n')
    assert pypes("logs", "--json").json() == {"message": "as it is"}


def test_a_log_that_was_never_written_is_told(pypes: Pypes) -> None:
    assert pypes("logs").code == 3


def test_a_followed_log_is_followed_through_a_rotation(pypes: Pypes, log: Path) -> None:
    with pypes.spawn("logs", "-f", "-n", "1") as following:
        assert following.stdout is not None
        assert following.stdout.readline() == "[daemon] line 19999\n"
        with log.open("a") as file:
            file.write("[daemon] added\n")
        assert following.stdout.readline() == "[daemon] added\n"
        log.rename(log.with_name("daemon.err.1"))
        log.write_text("[daemon] in the new file\n")
        assert following.stdout.readline() == "[daemon] in the new file\n"
        following.send_signal(signal.SIGINT)
        assert following.communicate(timeout=20) == ("", "")
        assert following.returncode == 130
