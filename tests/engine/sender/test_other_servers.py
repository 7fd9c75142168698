"""The sender beside servers that others wrote."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import uvicorn

from pypes.receipt import Receipt

from .conftest import Run
from .serving import Client, client, post


class Echo(BaseHTTPRequestHandler):
    """Answers with what it got; how, the path says."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        if self.path == "/until-close":
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's own name
        """Say nothing."""


@contextmanager
def http_server(version: str) -> Iterator[str]:
    handler = type("Echo", (Echo,), {"protocol_version": version})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


async def echo(scope: Any, receive: Callable[[], Any], send: Callable[[Any], Any]) -> None:
    """The same as an ASGI application, whose answers without a length go out in chunks."""
    body, more = b"", scope["method"] == "POST"
    while more:
        event = await receive()
        body, more = body + event.get("body", b""), event.get("more_body", False)
    known = [(b"content-length", b"%d" % len(body))] if scope["path"] == "/length" else []
    await send({"type": "http.response.start", "status": 201, "headers": known})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def uvicorn_server(http: str) -> AsyncIterator[str]:
    config = uvicorn.Config(echo, http=http, lifespan="off", log_config=None, ws="none")
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:  # asyncio's TCP_NODELAY depends on `proto`
        listener.bind(("127.0.0.1", 0))
        await server.startup(sockets=[listener])
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        await server.shutdown(sockets=[listener])


async def converse(pypes: Client, url: str, path: str) -> None:
    """Exchange bodies of several sizes, one after another and all at once."""
    bodies = [b"", b"{}", b"x" * 5000, b"y" * 200_000]
    sent = [pypes.send(post(url + path, body)) for body in bodies * 5]
    for one, body in zip(sent, bodies * 5, strict=True):
        receipt = await one.outcome
        assert isinstance(receipt, Receipt)
        assert (receipt.status, receipt.body) == (201, body[:4096].decode())
        assert receipt.bytes == (4096 if receipt.clipped else len(body))
    assert (await pypes.receipt(post(url + path, b"", method="HEAD"))).body == ""
    assert (await pypes.receipt(post(url + path, b"last"))).body == "last"


@pytest.mark.parametrize("version", ["HTTP/1.0", "HTTP/1.1"])
@pytest.mark.parametrize("path", ["/length", "/until-close"])
def test_the_standard_librarys_server_is_understood(run: Run, version: str, path: str) -> None:
    async def story() -> None:
        async with client(per_host=4) as pypes:
            await converse(pypes, url, path)

    with http_server(version) as url:
        run(story())


@pytest.mark.parametrize("http", ["h11", "httptools"])
@pytest.mark.parametrize("path", ["/length", "/chunked"])
def test_uvicorn_is_understood(run: Run, http: str, path: str) -> None:
    async def story() -> None:
        async with uvicorn_server(http) as url, client(per_host=4) as pypes:
            await converse(pypes, url, path)
            await asyncio.gather(*(pypes.receipt(post(url + path)) for _ in range(100)))

    run(story())
