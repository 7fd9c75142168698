"""Cell: a process for what may take any time and memory; the kernel ends it when that is too much.

The engine counts instructions, not what one instruction does: `([0] * 100000000)[-1]` costs four of them, and
sixteen seconds. Nothing in this process can interrupt it, and it lets no other thread run meanwhile.

Frames of four bytes of length and a body go over one socket. A question is pickled, because the context is
ours; what comes back is JSON, because that is not.
"""

import atexit
import json
import pickle
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Literal

from pypes.errors import InvalidInput

Job = Literal["render_text", "render_json", "render_address", "holds"]

PATIENCE = 10.0
"""Seconds without a word from a cell, however busy the machine is, after which it is given up."""
MOST = 4
"""So many things are evaluated at once; more wait in line."""
BANNED = 10.0
"""Seconds for which a text that took too much is refused unasked."""
MOST_BANNED = 1000

_LENGTH = struct.Struct("!I")


class Overrun(Exception):
    """The cell is gone: it took too much, or said nothing for too long."""


class Cell:
    """One process; whoever has it puts one question at a time."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair()
        self._line.settimeout(PATIENCE)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "pypes.template"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )

    def ask(self, job: Job, text: str, context: Mapping[str, Any]) -> Any:
        """Evaluate there; raise `InvalidInput` as the job itself does, or `Overrun`."""
        functions = {name: value for name, value in context.items() if callable(value)}
        known = {name: value for name, value in context.items() if name not in functions}
        try:
            send_frame(self._line, pickle.dumps((job, text, known, list(functions))))
            while True:
                match json.loads(receive_frame(self._line)):
                    case ["call", str(name), [*given]]:
                        said = _called(functions[name], given)
                        send_frame(self._line, pickle.dumps(said))
                    case ["refused", str(message)]:
                        raise InvalidInput(message)
                    case ["done", value]:
                        return value
                    case _:
                        raise Overrun
        except (OSError, EOFError, ValueError):
            raise Overrun from None

    def end(self) -> None:
        """Kill it, and wait until it is gone."""
        self._line.close()
        self._process.kill()
        self._process.wait()


class Cells:
    """Those that are idle, and what they were not able to do lately."""

    def __init__(self) -> None:
        self._idle: list[Cell] = []
        self._seats = threading.BoundedSemaphore(MOST)
        self._banned: dict[str, float] = {}

    def evaluate(self, job: Job, text: str, context: Mapping[str, Any]) -> Any:
        """Evaluate in a cell; raise `InvalidInput` for what takes too much, too."""
        with self._seats:
            if self._banned.get(text, 0) > time.monotonic():
                raise _too_much()
            cell = self._taken()
            try:
                value = cell.ask(job, text, context)
            except InvalidInput:
                self._idle.append(cell)
                raise
            except Overrun:
                cell.end()
                self._ban(text)
                raise _too_much() from None
            except BaseException:
                cell.end()
                raise
            self._idle.append(cell)
            return value

    def close(self) -> None:
        """End those that are idle."""
        while self._idle:
            self._idle.pop().end()

    def _taken(self) -> Cell:
        try:
            return self._idle.pop()
        except IndexError:
            pass
        try:
            return Cell()
        except OSError as error:
            raise InvalidInput(f"no process could be started to evaluate it: {error.strerror}") from None

    def _ban(self, text: str) -> None:
        if len(self._banned) >= MOST_BANNED:
            self._banned.clear()
        self._banned[text] = time.monotonic() + BANNED


def evaluate(job: Job, text: str, context: Mapping[str, Any]) -> Any:
    """Evaluate what is not plain."""
    return _cells().evaluate(job, text, context)


def send_frame(line: socket.socket, body: bytes) -> None:
    """Send one frame."""
    line.sendall(_LENGTH.pack(len(body)) + body)


def receive_frame(line: socket.socket) -> bytes:
    """Receive one frame; raise `EOFError` when there will be none."""
    (length,) = _LENGTH.unpack(_received(line, _LENGTH.size))
    return _received(line, length)


def _received(line: socket.socket, length: int) -> bytes:
    parts, left = [], length
    while left:
        part = line.recv(min(left, 1 << 16))
        if not part:
            raise EOFError
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _called(function: Callable[..., Any], given: list[Any]) -> tuple[str, Any]:
    try:
        return "done", function(*given)
    except InvalidInput as error:
        return "refused", error.message


def _too_much() -> InvalidInput:
    return InvalidInput(
        "it takes too much work or memory to evaluate: look at fewer things, and multiply less"
    )


@lru_cache(maxsize=1)
def _cells() -> Cells:
    cells = Cells()
    atexit.register(cells.close)
    return cells
