"""LocalClient: the daemon's own API in this process, for a command that runs while no daemon does."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp, Message

from pypes.cli.client import JSON, Answer, Body, Client, refusal
from pypes.config import load_config

OpenApp = Callable[[], AbstractAsyncContextManager[ASGIApp]]


@contextmanager
def open_client() -> Iterator[Client]:
    """Own the store for as long as the command lasts."""
    from pypes.inprocess import open_local  # noqa: PLC0415 - imported last: a mistake in the settings is told at once

    config = load_config({})
    with LocalClient(lambda: open_local(config)) as client:
        yield client


class LocalClient:
    """Calls an ASGI app from ordinary code. Its loop turns only while a request or a body is waited for."""

    def __init__(self, open_app: OpenApp) -> None:
        self._open_app = open_app
        self._runner = asyncio.Runner()
        self._leave = asyncio.Event()
        self._app: ASGIApp
        self._host: asyncio.Task[None]

    def __enter__(self) -> "LocalClient":
        try:
            self._runner.run(self._open())
        except BaseException:
            self._runner.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._runner.run(self._close())
        finally:
            self._runner.close()

    def request(self, method: str, path: str, body: Body = None, content_type: str = JSON) -> Answer:
        """Send one request; a body given in pieces is streamed."""
        call = self._runner.run(_started(self._app, _scope(method, path, body, content_type), body))
        chunks = self._chunks(call)
        if call.status >= 400:
            raise refusal(call.status, b"".join(chunks))
        return Answer(call.status, chunks)

    def _chunks(self, call: "_Call") -> Iterator[bytes]:
        while chunk := self._runner.run(call.next_chunk()):
            yield chunk

    async def _open(self) -> None:
        """Enter and leave the app within one task: what it does inside may depend on that."""
        opened: asyncio.Future[ASGIApp] = asyncio.get_running_loop().create_future()
        self._host = asyncio.create_task(self._live(opened))
        self._app = await opened

    async def _live(self, opened: "asyncio.Future[ASGIApp]") -> None:
        try:
            async with self._open_app() as app:
                opened.set_result(app)
                await self._leave.wait()
        except Exception as error:
            if opened.done():
                raise
            opened.set_exception(error)

    async def _close(self) -> None:
        self._leave.set()
        await self._host


def _scope(method: str, path: str, body: Body, content_type: str) -> dict[str, Any]:
    """Describe a request as uvicorn describes one that came over the unix socket."""
    plain, _, query = path.partition("?")
    headers = [(b"host", b"localhost")]
    if body is not None:
        headers.append((b"content-type", content_type.encode()))
    if isinstance(body, bytes):
        headers.append((b"content-length", str(len(body)).encode()))
    elif body is not None:
        headers.append((b"transfer-encoding", b"chunked"))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "http",
        "method": method,
        "path": unquote(plain),
        "raw_path": plain.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": headers,
        "client": None,
        "server": ("pypes.sock", None),
    }


async def _started(app: ASGIApp, scope: dict[str, Any], body: Body) -> "_Call":
    call = _Call(body)
    call.task = asyncio.create_task(call.run(app, scope))
    await call.begun.wait()
    if call.error is not None:
        await asyncio.wait([call.task])
        raise call.error
    return call


class _Call:
    """One request under way: what the app receives, and what it sends."""

    def __init__(self, body: Body) -> None:
        self.status = 500
        self.begun = asyncio.Event()
        self.error: Exception | None = None
        self.task: asyncio.Task[None]
        self._over = asyncio.Event()
        self._ended = False
        self._sent: asyncio.Queue[bytes] = asyncio.Queue(maxsize=4)
        self._body = _whole(body) if body is None or isinstance(body, bytes) else _in_pieces(body)

    async def run(self, app: ASGIApp, scope: dict[str, Any]) -> None:
        try:
            await app(scope, self._receive, self._send)
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller must hear of it
            self.error = self.error or error
        finally:
            self._over.set()
            self.begun.set()
        await self._sent.put(b"")

    async def next_chunk(self) -> bytes:
        """The next piece of the answer; empty at its end."""
        chunk = await self._sent.get()
        if not chunk and self.error is not None:
            raise self.error
        return chunk

    async def _receive(self) -> Message:
        try:
            async for chunk in self._body:
                return {"type": "http.request", "body": chunk, "more_body": True}
        except Exception as error:  # noqa: BLE001 - a body that cannot be read is the caller's affair
            self.error = error
            return {"type": "http.disconnect"}
        if self._ended:
            await self._over.wait()
            return {"type": "http.disconnect"}
        self._ended = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.begun.set()
        elif message.get("body"):
            await self._sent.put(message["body"])


async def _whole(body: bytes | None) -> AsyncIterator[bytes]:
    if body:
        yield body


async def _in_pieces(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    """Read from a thread that may hang in a terminal or a pipe, and is then left behind."""
    loop = asyncio.get_running_loop()
    read: asyncio.Queue[bytes | Exception | None] = asyncio.Queue()
    room = threading.Semaphore(4)

    def put(piece: bytes | Exception | None) -> None:
        room.acquire()
        with suppress(RuntimeError):  # the loop is closed: nobody waits for more
            loop.call_soon_threadsafe(read.put_nowait, piece)

    def read_all() -> None:
        try:
            for piece in pieces:
                put(piece)
            put(None)
        except Exception as error:  # noqa: BLE001 - raised again where the pieces are awaited
            put(error)

    threading.Thread(target=read_all, daemon=True, name="body-reader").start()
    while (piece := await read.get()) is not None:
        room.release()
        if isinstance(piece, Exception):
            raise piece
        yield piece
