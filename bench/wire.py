"""Wire: the barest keep-alive client that still speaks HTTP, to learn what the machine itself allows."""

import asyncio
from collections import deque
from collections.abc import Iterable
from types import TracebackType


class Wire(asyncio.Protocol):
    """One connection: writes a request, and the next one as soon as the answer is complete."""

    def __init__(self, line: "Line") -> None:
        self._line = line
        self._rest = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self._transport = transport  # type: ignore[assignment]  # TCP always gives a Transport

    def pull(self) -> None:
        """Take the next request, if there is one."""
        if self._line.requests:
            self._transport.write(self._line.requests.popleft())

    def data_received(self, data: bytes) -> None:
        """Go on when the answer is complete; one that is no 2xx ends everything."""
        data = self._rest + data if self._rest else data
        end = data.find(b"\r\n\r\n")
        if end < 0 or len(data) < end + 4 + _length_of(data[:end].lower()):
            self._rest = data
            return
        self._rest = b""
        self._line.answered(data)
        self.pull()

    def close(self) -> None:
        """Hang up."""
        self._transport.close()


class Line:
    """Connections that share one queue of requests to one port of the loopback."""

    def __init__(self, port: int, connections: int = 64) -> None:
        self.requests: deque[bytes] = deque()
        self._port = port
        self._connections = connections
        self._wires: list[Wire] = []
        self._left = 0
        self._over = asyncio.Event()
        self._refusal: bytes | None = None

    async def __aenter__(self) -> "Line":
        """Connect."""
        loop = asyncio.get_running_loop()
        for _ in range(self._connections):
            _, wire = await loop.create_connection(lambda: Wire(self), "127.0.0.1", self._port)
            self._wires.append(wire)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hang up."""
        for wire in self._wires:
            wire.close()

    async def post_all(self, requests: Iterable[bytes]) -> None:
        """Send all; returns when every one is answered."""
        self.requests.extend(requests)
        self._left = len(self.requests)
        self._over.clear()
        for wire in self._wires:
            wire.pull()
        await self._over.wait()
        if self._refusal is not None:
            raise RuntimeError(f"refused: {self._refusal[:300].decode(errors='replace')}")

    def answered(self, answer: bytes) -> None:
        """Count an answer."""
        self._left -= 1
        if not answer.startswith(b"HTTP/1.1 2"):
            self._refusal = answer
            self.requests.clear()
            self._over.set()
        elif not self._left:
            self._over.set()


def request(path: str, body: bytes, headers: str = "") -> bytes:
    """The bytes of a POST; `headers` are whole lines."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n{headers}\r\n"
    )
    return head.encode() + body


def _length_of(head: bytes) -> int:
    start = head.find(b"\r\ncontent-length:")
    return int(head[start + 17 :].split(b"\r\n", 1)[0]) if start >= 0 else 0
