"""What the daemon says, on stderr: one line a fact, in text or JSON.

A text line is `[who] sentence key=value … at=2026-05-03T09:23:35.002Z`; values with blanks or quotes are
written as JSON strings, so that a line stays a line whatever a receiver answers.
"""

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Literal

from pypes.clock import Clock
from pypes.instants import format_moment

Format = Literal["text", "json"]
Field = str | int | float | None

LARGEST_FILE = 64 * 1024 * 1024
"""Bytes of `daemon.err`, before another is begun."""
KEPT_FILES = 3
"""The one that is written included."""


class Log:
    """Writes lines to stderr; when that is a file of ours, rotates it."""

    def __init__(
        self, clock: Clock, *, form: Format = "text", rotate: Path | None = None, quiet: bool = False
    ) -> None:
        self._clock = clock
        self._form = form
        self._rotate = rotate
        self._quiet = quiet

    def say(self, who: str, sentence: str, **fields: Field) -> None:
        """Write one line; fields that are None are left out."""
        self.say_all(who, [(sentence, fields)])

    def say_all(self, who: str, lines: "list[tuple[str, dict[str, Field]]]") -> None:
        """Write several lines at once."""
        if self._quiet:
            return
        at = format_moment(self._clock.now())
        render = _as_json if self._form == "json" else _as_text
        text = "".join(render(who, sentence, fields, at) for sentence, fields in lines)
        with contextlib.suppress(OSError):
            self._make_room()
        with contextlib.suppress(OSError, ValueError):  # a full disk or a closed pipe must stop nobody
            sys.stderr.write(text)
            sys.stderr.flush()

    def _make_room(self) -> None:
        """Begin a new file when this one is full, or when somebody took it away."""
        if self._rotate is None:
            return
        try:
            is_full = self._rotate.stat().st_size >= LARGEST_FILE
        except FileNotFoundError:
            _write_to(self._rotate)
        else:
            if is_full:
                _rotate(self._rotate)


def _as_text(who: str, sentence: str, fields: "dict[str, Field]", at: str) -> str:
    pairs = "".join(f" {key}={_plain(value)}" for key, value in fields.items() if value is not None)
    return f"[{who}] {one_line(sentence)}{pairs} at={at}\n"


def _as_json(who: str, sentence: str, fields: "dict[str, Field]", at: str) -> str:
    given = {key: value for key, value in fields.items() if value is not None}
    return json.dumps({"at": at, "from": who, "message": sentence, **given}) + "\n"


def _plain(value: Field) -> str:
    text = str(value)
    if text and text.isprintable() and not any(character in text for character in ' "='):
        return text
    return json.dumps(text)


def one_line(text: str, longest: int = 400) -> str:
    """Make a text fit for a line: no control characters, and no longer than it is useful."""
    if text.isprintable() and len(text) <= longest:
        return text
    clean = "".join(c if c.isprintable() else " " for c in text[: longest + 1])
    return clean if len(text) <= longest else clean[:longest] + "…"


def _rotate(path: Path) -> None:
    """Shift `daemon.err` to `daemon.err.1` and so on, and let stderr write to a new file."""
    for number in range(KEPT_FILES - 1, 0, -1):
        older = path.with_name(f"{path.name}.{number - 1}") if number > 1 else path
        if older.exists():
            older.replace(path.with_name(f"{path.name}.{number}"))
    _write_to(path)


def _write_to(path: Path) -> None:
    """Let stderr, whoever writes to it, go to a file."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 2)
    os.close(descriptor)
