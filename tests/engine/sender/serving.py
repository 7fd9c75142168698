"""Real servers on this machine, friendly and hostile, and a sender that talks to them."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import Any, Self

from pypes.address import AddressRules
from pypes.clock import SECOND, SystemClock
from pypes.engine.sender import Sender, Ticket
from pypes.receipt import Failure, Receipt
from pypes.request import Request
from pypes.url import split_url

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Answer = Callable[["Peer"], Awaitable[None]]


class Peer:
    """One accepted connection, as a server that does what it likes with it sees it."""

    def __init__(self, server: "Server", reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server = server
        self.reader = reader
        self.writer = writer
        self.number = server.accepted
        self.asked = 0

    async def request(self) -> bytes:
        """Wait for a request with a Content-Length body; raises when the client has gone."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or b"0")
        body = await self.reader.readexactly(length)
        self.asked += 1
        self.server.requests.append(head + body)
        self.server.arrived.set()
        return head + body

    async def say(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()

    async def gone(self) -> None:
        """Wait until the client has closed."""
        await self.reader.read()

    def reset(self) -> None:
        """Close with RST, by a linger time of zero, instead of FIN."""
        accepted: socket.socket = self.writer.get_extra_info("socket")
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


class Server:
    """An asyncio server that serves each connection with `answer`, and counts."""

    def __init__(self, answer: Answer, **options: Any) -> None:
        self.accepted = 0
        self.open = 0
        self.most_open = 0
        self.requests: list[bytes] = []
        self.answers: asyncio.Queue[None] = asyncio.Queue()
        self.joined = asyncio.Event()
        self.arrived = asyncio.Event()
        self.emptied = asyncio.Event()
        self._answer = answer
        self._options = options
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=512, **self._options)
        self.port = int(self._server.sockets[0].getsockname()[1])
        self.url = f"{'https' if 'ssl' in self._options else 'http'}://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def asked(self, times: int) -> None:
        """Wait for so many requests."""
        while len(self.requests) < times:
            self.arrived.clear()
            await self.arrived.wait()

    def stop_listening(self) -> None:
        """Refuse new connections; the open ones stay."""
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.accepted += 1
        self.joined.set()
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            await self._answer(Peer(self, reader, writer))
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self.open -= 1
            if not self.open:
                self.emptied.set()
            self._tasks.discard(task)
            writer.close()


@contextmanager
def deafened(listener: socket.socket) -> Iterator[None]:
    """Fill the queue of a listener, so that further connections get no reply at all."""
    fillers = [socket.socket() for _ in range(4)]
    for filler in fillers:
        filler.settimeout(0)
        filler.connect_ex(listener.getsockname())
    yield
    for filler in fillers:
        filler.close()


@contextmanager
def deaf_port() -> Iterator[int]:
    """A port that never replies."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, deafened(listener):
        yield listener.getsockname()[1]


class DeafAfterOne:
    """A host that accepts one connection, and never replies to whoever tries another."""

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._open = ExitStack()
        self._listener = self._open.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        self._listener.settimeout(0)
        self._accepted: socket.socket | None = None
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        return self

    async def __aexit__(self, *error: object) -> None:
        self._open.close()

    async def request(self) -> None:
        """Wait for a request on the one connection."""
        if self._accepted is None:
            self._accepted, _ = await self._loop.sock_accept(self._listener)
            self._open.enter_context(self._accepted)
            self._open.enter_context(deafened(self._listener))
        await self._loop.sock_recv(self._accepted, 65536)

    async def answer(self) -> None:
        assert self._accepted is not None
        await self._loop.sock_sendall(self._accepted, OK)

    def hang_up(self) -> None:
        assert self._accepted is not None
        self._accepted.close()


def says(*pieces: bytes) -> Answer:
    """Answer each request with these pieces, and keep the connection open."""

    async def answer(peer: Peer) -> None:
        while True:
            await peer.request()
            await peer.say(*pieces)

    return answer


def says_and_closes(*pieces: bytes) -> Answer:
    """Answer one request with these pieces, and close."""

    async def answer(peer: Peer) -> None:
        await peer.request()
        await peer.say(*pieces)

    return answer


async def answers_when_told(peer: Peer) -> None:
    """Answer each request with OK, once there is something in `answers` for it."""
    while True:
        await peer.request()
        await peer.server.answers.get()
        await peer.say(OK)


async def hangs(peer: Peer) -> None:
    """Take requests and never answer."""
    while True:
        await peer.request()


def post(
    url: str, body: bytes = b"{}", *, method: str = "POST", timeout: float = 5, **headers: str
) -> Request:
    """Render a request as the steps do."""
    origin, target, host, _ = split_url(url)
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join(lines).encode() + b"\r\n\r\n"
    return Request(origin, head + body, round(timeout * SECOND), method)


class Client:
    """A sender whose outcomes can be awaited."""

    def __init__(self, sender: Sender) -> None:
        self.sender = sender

    def send(self, request: Request) -> "Sent":
        return Sent(self.sender, request)

    async def outcome(self, request: Request) -> Receipt | Failure:
        return await self.send(request).outcome

    async def receipt(self, request: Request) -> Receipt:
        outcome = await self.outcome(request)
        assert isinstance(outcome, Receipt), outcome
        return outcome

    async def failure(self, request: Request) -> Failure:
        outcome = await self.outcome(request)
        assert isinstance(outcome, Failure), outcome
        return outcome


class Sent:
    """A ticket beside the outcome that it will have; a second call of `done` would raise."""

    def __init__(self, sender: Sender, request: Request) -> None:
        self.outcome: asyncio.Future[Receipt | Failure] = asyncio.get_running_loop().create_future()
        self.ticket: Ticket = sender.send(request, self.outcome.set_result)


@asynccontextmanager
async def client(**options: Any) -> AsyncIterator[Client]:
    """A client on a sender that is closed afterwards."""
    defaults: dict[str, Any] = {"clock": SystemClock(), "rules": AddressRules(allow_private=True)}
    sender = Sender(**(defaults | options))
    try:
        yield Client(sender)
    finally:
        await sender.close()
