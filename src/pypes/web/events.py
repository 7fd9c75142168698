"""Events: what happens, as it happens, as server-sent events.

`id` is the moment of the look that found them, in hex microseconds; given back as `Last-Event-ID` (or as
`?since=`, for clients that cannot set headers) it resumes with the current state of all that changed since.
"""

import asyncio
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from pypes.errors import InvalidInput
from pypes.web.body import header
from pypes.web.changes import StoreLook
from pypes.web.query import Query
from pypes.web.resource import Operation
from pypes.web.services import Services
from pypes.web.watch import Viewer, Watch

PATIENCE = 30.0
"""Seconds that one part may take to be sent; then the line is cut."""
HELLO = b"retry: 1000\n\n"


class EventQuery(Query, frozen=True, kw_only=True):
    """From when on."""

    since: str | None = None
    """The id of the last event that was seen, in place of the header `Last-Event-ID`."""


class EventStream(Response):
    """A response that lasts until the viewer goes, is too slow, or the daemon stops."""

    media_type = "text/event-stream"

    def __init__(self, watch: Watch, viewer: Viewer, stopping: asyncio.Event) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._watch = watch
        self._viewer = viewer
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send until it is over."""
        ends = [asyncio.create_task(each) for each in (_until_gone(receive), self._stopping.wait())]
        for end in ends:
            end.add_done_callback(lambda _: self._viewer.end())
        try:
            await self._send_all(send)
        finally:
            self._watch.leave(self._viewer)
            for end in ends:
                end.cancel()

    async def _send_all(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await self._send_part(send, HELLO)
        while part := await self._viewer.take():
            if not await self._send_part(send, part):
                return
        with suppress(OSError):
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_part(self, send: Send, part: bytes) -> bool:
        """False when the line is dead."""
        try:
            async with asyncio.timeout(PATIENCE):
                await send({"type": "http.response.body", "body": part, "more_body": True})
        except (TimeoutError, OSError):
            return False
        return True


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass  # the body, of which there is none


async def _stream_events(services: Services, request: Request, query: EventQuery) -> Response:
    """Tell what happens as it happens: runs, agents, and once a second how the scheduler is doing."""
    given = query.since or (header(request.scope, b"last-event-id") or b"").decode("latin-1")
    if request.method == "HEAD":
        return Response(media_type=EventStream.media_type)
    look = StoreLook(services.store, services.clock)
    viewer = await services.watch.join(look, _moment(given))
    return EventStream(services.watch, viewer, services.stopping)


def _moment(text: str) -> int | None:
    if not text:
        return None
    try:
        return int(text, 16)
    except ValueError:
        raise InvalidInput("`Last-Event-ID` is not the id of an event of this stream") from None


HEADERS = {"Last-Event-ID": "The id of the last event that was seen: what changed since comes first."}
STREAM = Operation(do=_stream_events, query=EventQuery, headers=HEADERS, text="text/event-stream")
