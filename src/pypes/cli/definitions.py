"""Agents in files, as JSON objects, arrays or NDJSON: each as one line of JSON, and where it stands."""

import json
import re
import sys
from bisect import bisect_right
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from typing import BinaryIO, NamedTuple

import msgspec

from pypes.decoding import decode
from pypes.errors import MalformedJson

_BYTE = re.compile(r" \(byte (\d+)\)$")
"""How a mistake in JSON says where it stands: of use only in what is one line."""


class Definition(NamedTuple):
    """An agent as a file has it."""

    text: bytes
    """Byte for byte but for line breaks."""
    line: int
    """The line of the file on which it begins, from 1."""


class Misread(MalformedJson):
    """A file that is not JSON: where, and why."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where = where
        self.why = why


def agents_in(file: str) -> Iterator[Definition]:
    """The agents of a file, `-` being standard input; NDJSON is read as it is needed."""
    opened = nullcontext(sys.stdin.buffer) if file == "-" else open(file, "rb")  # noqa: PTH123, SIM115 - `-` too
    with opened as stream:
        number, first = _first_line(stream)
        if _is_object(first):
            yield Definition(first, number)
            for later, line in enumerate(stream, number + 1):
                if not line.isspace():
                    yield Definition(line, later)
        else:
            yield from _whole(file, first + stream.read(), number)


def shown(file: str) -> str:
    """How messages name a file."""
    return "stdin" if file == "-" else file


class Places:
    """Where each line that is sent stands, remembered as the few spots at which counting begins anew."""

    def __init__(self) -> None:
        self._sent = 0
        self._marks: list[tuple[int, str, int]] = []

    def noting(self, file: str, definitions: Iterable[Definition]) -> Iterator[bytes]:
        """Pass definitions on as lines."""
        for text, line in definitions:
            self._sent += 1
            if self.of(self._sent) != (shown(file), line):
                self._marks.append((self._sent, shown(file), line))
            yield text

    def of(self, number: int) -> tuple[str, int] | None:
        """The file and the line in it of the line that was sent as the `number`th."""
        index = bisect_right(self._marks, number, key=lambda mark: mark[0])
        if index == 0:
            return None
        sent, file, line = self._marks[index - 1]
        return file, line + number - sent


def _first_line(stream: BinaryIO) -> tuple[int, bytes]:
    number, line = 1, stream.readline().removeprefix(BOM_UTF8)
    while line.isspace():
        number, line = number + 1, stream.readline()
    return number, line


def _is_object(line: bytes) -> bool:
    """True for a line that is complete by itself: then lines are what the file is made of."""
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _whole(file: str, text: bytes, number: int) -> Iterator[Definition]:
    """The agents of a text that is one value, which begins on line `number`."""
    is_list = text.lstrip().startswith(b"[")
    try:
        raws = decode(text, list[msgspec.Raw]) if is_list else [decode(text, msgspec.Raw)]
    except MalformedJson as error:
        raise _misread(file, error.message, text, number) from None
    end = 0
    for each in map(bytes, raws):
        start = text.index(each, end)
        number += text.count(b"\n", end, start)
        yield Definition(each.replace(b"\n", b" ").replace(b"\r", b" "), number)
        end = start + len(each)
        number += each.count(b"\n")


def _misread(file: str, why: str, text: bytes, number: int) -> Misread:
    """Say on which line the mistake stands, rather than at which byte."""
    place = _BYTE.search(why)
    if place is None:
        return Misread(shown(file), why)
    number += text.count(b"\n", 0, int(place[1]))
    return Misread(f"{shown(file)}, line {number}", why[: place.start()])
