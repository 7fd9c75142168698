"""Bodies: read whole up to a limit, or line by line as they arrive."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import takewhile
from typing import Any, TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.types import Scope

from pypes.decoding import check_json, decode
from pypes.errors import InvalidInput, TooLarge
from pypes.web.answers import BadLine

NDJSON = "application/x-ndjson"
SMALL = 65_536
"""A body of at most so many bytes comes with its head, and is read on the loop: a thread would cost more."""
DRAINED = 8
"""A body is read to its end, unless it is so many times too long."""

T = TypeVar("T")
Raw = bytes | msgspec.Raw
Line = tuple[int, bytes]
"""Its number, from 1, and what it holds."""


def header(scope: Scope, name: bytes) -> bytes | None:
    """Give a header's value; names are lower case in ASGI."""
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value)
    return None


def content_type(scope: Scope) -> str:
    """Give the declared type of the body, without its parameters."""
    return (header(scope, b"content-type") or b"").partition(b";")[0].strip().lower().decode("latin-1")


def is_ndjson(request: Request) -> bool:
    """Tell whether the body is a stream of lines."""
    return content_type(request.scope) == NDJSON


def has_body(scope: Scope) -> bool:
    """Tell whether a body follows (RFC 9112 §6.3)."""
    length = header(scope, b"content-length")
    return length not in {None, b"0"} or header(scope, b"transfer-encoding") is not None


def declared_length(request: Request) -> int:
    """Give the declared length of the body, 0 when it is not known."""
    length = header(request.scope, b"content-length") or b""
    return int(length) if length.isdigit() else 0


async def read_body(request: Request, limit: int) -> bytes:
    """Read the whole body; raise `TooLarge` when it is longer than `limit` bytes.

    What is too long is read on for a while and thrown away: many clients look for an answer only when they
    have sent all of it.
    """
    too_long = declared_length(request) > limit
    parts: list[bytes] = []
    length = 0
    async for part in _parts(request):
        length += len(part)
        too_long = too_long or length > limit
        if length > limit * DRAINED:
            break
        if not too_long:
            parts.append(part)
    if too_long:
        raise _too_large("body", limit)
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def read_json(request: Request, kind: Any, limit: int) -> Any:
    """Read a JSON body as `kind`."""
    return well_formed_first(lambda raw: decode(raw, kind), await read_body(request, limit))


async def read_optional(request: Request, kind: Any, limit: int) -> Any:
    """Read a JSON body as `kind`; all defaults when there is none."""
    body = await read_body(request, limit)
    return well_formed_first(lambda raw: decode(raw, kind), body or b"{}")


def well_formed_first(read: Callable[[Raw], T], raw: Raw) -> T:
    """Read a text; if it is no JSON at all, that is what is wrong with it, whatever `read` stumbles upon."""
    try:
        return read(raw)
    except InvalidInput:
        with contextlib.suppress(InvalidInput):  # what `read` has said knows the place better
            check_json(raw)
        raise


async def read_lines(
    request: Request, *, longest: int, total: int | None = None
) -> AsyncIterator[list[Line]]:
    """Yield the lines of an NDJSON body as they arrive, those that came together at once, no blank ones.

    Raises `TooLarge` when the body exceeds `total` bytes, `BadLine` when a line exceeds `longest`; what came
    before the long line has been yielded by then.
    """
    if total is not None and declared_length(request) > total:
        raise _too_large("body", total)
    length, number, rest = 0, 1, b""
    async for part in _parts(request):
        length += len(part)
        if total is not None and length > total:
            raise _too_large("body", total)
        *lines, rest = (rest + part).split(b"\n")
        for batch in _batches(lines, number, longest):
            yield batch
        number += len(lines)
        if len(rest) > longest:
            raise BadLine(_too_large("line", longest), number)
    if rest.strip():
        yield [(number, rest)]


def _batches(lines: list[bytes], first: int, longest: int) -> Iterator[list[Line]]:
    """Number the lines, in one batch; raise after it when the line that follows is too long."""
    fitting = list(takewhile(lambda line: len(line) <= longest, lines))
    yield [(number, line) for number, line in enumerate(fitting, first) if line.strip()]
    if len(fitting) < len(lines):
        raise BadLine(_too_large("line", longest), first + len(fitting))


async def _parts(request: Request) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        more = message.get("more_body", False)
        if part := message.get("body", b""):
            yield part


def _too_large(what: str, limit: int) -> TooLarge:
    return TooLarge(f"the {what} is larger than the {limit} bytes that are accepted")
