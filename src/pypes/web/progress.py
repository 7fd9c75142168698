"""Progress: an answer that grows while the body is read, one line of NDJSON for what is on disk so far.

Its status is sent before the body is read: what is wrong later stands in the last line.
"""

import asyncio
from collections.abc import AsyncIterator

import msgspec
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from pypes.errors import PypesError
from pypes.web.answers import Created, members_of
from pypes.web.body import NDJSON
from pypes.web.posting import Posting

APART = 0.5
"""Seconds between two lines."""


class _Growing(StreamingResponse):
    """An answer that leaves it to its lines to read the body: Starlette would look for a hang-up in it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's
        await self.stream_response(send)


def telling_progress(posting: Posting, request: Request) -> StreamingResponse:
    """Store a stream, and say every half second how much of it is on disk."""
    return _Growing(_lines(posting, request), media_type=NDJSON)


async def _lines(posting: Posting, request: Request) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    stored, told_at = 0, loop.time()
    try:
        async for stored in posting.store(request):
            if loop.time() - told_at >= APART:
                told_at = loop.time()
                yield _line(Created(stored))
    except PypesError as error:
        yield _line({"records_created": stored, "detail": error.message, **members_of(error)})
    else:
        yield _line(Created(stored))


def _line(value: object) -> bytes:
    return msgspec.json.encode(value) + b"\n"
