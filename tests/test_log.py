"""What the daemon says: a line stays a line, and saying it never harms whoever says it."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import HandClock
from pypes import log as log_module
from pypes.log import KEPT_FILES, Log, one_line

any_text = st.text(st.characters(), max_size=60)


@contextmanager
def stderr_is(stream: TextIO) -> Iterator[None]:
    before, sys.stderr = sys.stderr, stream
    try:
        yield
    finally:
        sys.stderr = before


def test_a_line_begins_as_the_original_s_and_ends_with_the_moment(
    clock: HandClock, capsys: pytest.CaptureFixture[str]
) -> None:
    Log(clock).say("scheduler", "started with 0 cron action(s)", agent="a", run=None, n=3)
    assert capsys.readouterr().err == (
        "[scheduler] started with 0 cron action(s) agent=a n=3 at=2026-05-03T12:00:00.000Z\n"
    )


def test_json_lines_hold_the_same_facts(clock: HandClock, capsys: pytest.CaptureFixture[str]) -> None:
    Log(clock, form="json").say("scheduler", "say →\n", agent="a b", run=None)
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert json.loads(line) == {
        "at": "2026-05-03T12:00:00.000Z",
        "from": "scheduler",
        "message": "say →\n",
        "agent": "a b",
    }


@pytest.mark.parametrize(
    "value", ["two words", 'a"b', "a=b", "", "tab\t", "line\nbreak", "\x9b31m", "\u2028"]
)
def test_a_value_that_would_blur_its_borders_is_quoted(
    value: str, clock: HandClock, capsys: pytest.CaptureFixture[str]
) -> None:
    Log(clock).say("x", "y", key=value)
    line = capsys.readouterr().err
    assert json.loads(line.removeprefix("[x] y key=").removesuffix(" at=2026-05-03T12:00:00.000Z\n")) == value


@given(any_text, any_text)
def test_whatever_is_said_stays_one_printable_line(sentence: str, value: str) -> None:
    with Path(os.devnull).open("w") as nowhere:  # the capture of pytest would refuse half characters
        written: list[str] = []
        nowhere.write = written.append  # type: ignore[method-assign, assignment]
        with stderr_is(nowhere):
            Log(HandClock()).say("x", sentence, key=value)
            Log(HandClock(), form="json").say("x", sentence, key=value)
    for line in written:
        assert line.endswith("\n")
        assert line[:-1].isprintable()
        line.encode()


def test_a_sentence_is_no_longer_than_it_is_useful() -> None:
    assert one_line("x" * 400) == "x" * 400
    assert one_line("x" * 401) == "x" * 400 + "…"
    assert one_line("a\nb\x1b[0m") == "a b [0m"


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_full_disk_under_the_log_harms_nobody(form: log_module.Format, clock: HandClock) -> None:
    with Path("/dev/full").open("w", buffering=1) as full, stderr_is(full):
        Log(clock, form=form).say("x", "y")
        Log(clock, form=form).say_all("x", [("y", {})] * 10)
        os.dup2(os.open(os.devnull, os.O_WRONLY), full.fileno())  # so that closing it can flush


def test_a_reader_that_hung_up_harms_nobody(clock: HandClock) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", buffering=1) as pipe, stderr_is(pipe):
        Log(clock).say("x", "y")
        os.dup2(os.open(os.devnull, os.O_WRONLY), pipe.fileno())


def test_a_stream_that_is_closed_harms_nobody(clock: HandClock, tmp_path: Path) -> None:
    stream = (tmp_path / "err").open("w")
    stream.close()
    with stderr_is(stream):
        Log(clock).say("x", "y")


def test_a_quiet_log_says_nothing(clock: HandClock, capsys: pytest.CaptureFixture[str]) -> None:
    Log(clock, quiet=True).say("x", "y")
    assert capsys.readouterr().err == ""


@contextmanager
def stderr_in(path: Path) -> Iterator[None]:
    """Descriptor 2 writes to a file meanwhile, as a background daemon's does."""
    kept = os.dup(2)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 2)
    os.close(descriptor)
    with os.fdopen(2, "w", buffering=1, closefd=False) as stream, stderr_is(stream):
        yield
    os.dup2(kept, 2)
    os.close(kept)


@pytest.fixture
def small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of the log is full after 6400 bytes."""
    monkeypatch.setattr(log_module, "LARGEST_FILE", 6400)


@pytest.mark.usefixtures("small_files")
def test_the_log_file_rotates_and_keeps_as_many_as_promised(clock: HandClock, tmp_path: Path) -> None:
    path = tmp_path / "daemon.err"
    log = Log(clock, rotate=path)
    with stderr_in(path):
        for number in range(400):
            log.say("x", "y" * 100, number=number)
    files = sorted(file.name for file in tmp_path.iterdir())
    assert files == ["daemon.err"] + [f"daemon.err.{number}" for number in range(1, KEPT_FILES)]
    for file in tmp_path.iterdir():
        assert file.stat().st_size < 2 * 6400
        assert file.stat().st_mode & 0o777 == 0o600
    assert "number=399" in path.read_text()


@pytest.mark.usefixtures("small_files")
def test_a_log_file_that_somebody_removed_harms_nobody(clock: HandClock, tmp_path: Path) -> None:
    path = tmp_path / "daemon.err"
    log = Log(clock, rotate=path)
    with stderr_in(path):
        path.unlink()
        for _ in range(100):
            log.say("x", "y" * 100)
