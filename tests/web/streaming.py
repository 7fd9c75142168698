"""A viewer of `GET /events`, in process: it reads when it wants to, and goes when it wants to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import msgspec
from starlette.types import ASGIApp, Message


class Event(NamedTuple):
    id: str
    kind: str
    data: Any


class Stream:
    """What has been received; `gate` lets the line block, as a browser does that does not read."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.text = b""
        self.ended = asyncio.Event()
        self.gone = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self._came = asyncio.Event()
        self._read = 0

    async def receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        await self.gate.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            return
        self.text += message["body"]
        self._came.set()
        if not message.get("more_body"):
            self.ended.set()

    async def next(self, *kinds: str) -> Event:
        """The next event, of these kinds if any are named; others are passed over."""
        while True:
            event = await self._event()
            if not kinds or event.kind in kinds:
                return event

    async def _event(self) -> Event:
        while (end := self.text.find(b"\n\n", self._read)) < 0:
            self._came.clear()
            await self._came.wait()
        block, self._read = self.text[self._read : end].decode(), end + 2
        fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
        if "data" not in fields:
            return await self._event()
        return Event(fields["id"], fields["event"], msgspec.json.decode(fields["data"]))


@asynccontextmanager
async def watching(app: ASGIApp, query: str = "", **headers: str) -> AsyncIterator[Stream]:
    """Watch until the end of the block."""
    stream = Stream()
    given = {"host": "127.0.0.1:7979"} | {name.replace("_", "-"): value for name, value in headers.items()}
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/events",
        "raw_path": b"/events",
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        "server": ("127.0.0.1", 7979),
        "asgi": {"spec_version": "2.4"},
    }
    answering = asyncio.ensure_future(app(scope, stream.receive, stream.send))
    try:
        yield stream
    finally:
        stream.gone.set()
        stream.gate.set()
        await answering
