"""Viewers: so many open streams of `GET /events` in one process of their own, which read as fast as they can.

`python -m bench.viewers PORT COUNT` prints a line once all are open; when its stdin closes it prints, as
JSON, what they received.
"""

import asyncio
import json
import sys

import uvloop

_REQUEST = b"GET /events HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n"


class Viewer(asyncio.Protocol):
    """Counts what it is told."""

    def __init__(self, port: int) -> None:
        self.bytes = 0
        self.events = 0
        self.begun = asyncio.get_running_loop().create_future()
        self._port = port

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        transport.write(_REQUEST % self._port)  # type: ignore[attr-defined]  # TCP always gives a Transport

    def data_received(self, data: bytes) -> None:
        """Count."""
        self.bytes += len(data)
        self.events += data.count(b"\nevent: ")
        if not self.begun.done():
            self.begun.set_result(None)


async def view(port: int, count: int) -> None:
    """Open the streams, and read until stdin closes."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    viewers = [Viewer(port) for _ in range(count)]
    for viewer in viewers:
        await loop.create_connection(lambda viewer=viewer: viewer, "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.gather(*(viewer.begun for viewer in viewers))
    print("open", flush=True)
    loop.add_reader(sys.stdin.fileno(), over.set)
    await over.wait()
    received = {"bytes": [each.bytes for each in viewers], "events": [each.events for each in viewers]}
    print(json.dumps(received), flush=True)


if __name__ == "__main__":
    uvloop.run(view(int(sys.argv[1]), int(sys.argv[2])))
