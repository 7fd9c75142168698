"""Receiver: a small web server that answers 200 to whatever is posted, and tells of it, for the demo."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

PATH = "/pypes-demo"
"""Where it is posted to; by this an agent of the demonstration is known."""

Headers = dict[str, str]
Told = Callable[[Headers, bytes], None]

_ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"ok":true}'


@asynccontextmanager
async def receiving(told: Told) -> AsyncIterator[str]:
    """Receive on a free port of the loopback; gives the URL to post to."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                headers, body = await _request(reader)
                told(headers, body)
                writer.write(_ANSWER)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the sender has gone, or we are going: asyncio would print a cancelled task's traceback
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}{PATH}"
    finally:
        server.close()


async def _request(reader: asyncio.StreamReader) -> tuple[Headers, bytes]:
    """One request of our own sender, which states the length of its body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    pairs = (line.partition(":") for line in head.splitlines()[1:] if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return headers, await reader.readexactly(int(headers.get("content-length", "0")))
