"""Through a proxy: what it is asked, what it may refuse, and that no rule about targets is lost behind it."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trustme

from pypes.address import AddressRules
from pypes.proxy import Proxy, read_proxy
from pypes.request import Origin

from .conftest import Run
from .serving import OK, Peer, Server, client, hangs, post, says, says_and_closes

PUBLIC = "203.0.113.7"


class Relay:
    """A proxy that leads every request to one server, wherever it was meant to go."""

    def __init__(self) -> None:
        self.heads: list[bytes] = []
        self.port = 0
        self._pumps: set[asyncio.Task[None]] = set()

    async def answer(self, peer: Peer) -> None:
        head = await peer.reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        if head.startswith(b"CONNECT "):
            await peer.say(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            writer.write(head)
        back = asyncio.create_task(_pump(reader, peer.writer))
        try:
            await _pump(peer.reader, writer)
        finally:
            back.cancel()
            writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


@asynccontextmanager
async def relaying(server: Server, user: str = "") -> AsyncIterator[tuple[Relay, Proxy]]:
    relay = Relay()
    relay.port = server.port
    async with Server(relay.answer) as listening:
        yield relay, read_proxy(f"http://{user}127.0.0.1:{listening.port}", ())


def test_requests_in_the_clear_go_through_it_with_their_whole_url_and_share_its_connection(run: Run) -> None:
    async def story() -> None:
        async with Server(says(OK)) as server, relaying(server, "me:pass@") as (relay, proxy):
            async with client(proxy=proxy) as pypes:
                for _ in range(3):
                    assert (await pypes.receipt(post("http://nowhere.invalid/hook"))).body == "ok"
            assert len(relay.heads) == 1
            assert server.accepted == 1
            for asked in server.requests:
                assert asked.startswith(b"POST http://nowhere.invalid/hook HTTP/1.1\r\nProxy-Authorization: ")
                assert b"Host: nowhere.invalid\r\n" in asked

    run(story())


def test_requests_over_tls_go_through_a_tunnel_and_the_proxy_sees_none_of_them(run: Run) -> None:
    async def story() -> None:
        authority = trustme.CA()
        trusting = ssl.create_default_context()
        authority.configure_trust(trusting)
        serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("nowhere.invalid").configure_cert(serving)
        async with Server(says(OK), ssl=serving) as server, relaying(server, "me:pass@") as (relay, proxy):
            async with client(proxy=proxy, ssl_context=trusting) as pypes:
                first = await pypes.receipt(post("https://nowhere.invalid/hook"))
                second = await pypes.receipt(post("https://nowhere.invalid/hook"))
            assert (first.body, second.body) == ("ok", "ok")
            assert first.timing.tls is not None
            assert first.timing.resolve is None
            (head,) = relay.heads
            assert head.startswith(b"CONNECT nowhere.invalid:443 HTTP/1.1\r\nHost: nowhere.invalid:443\r\n")
            assert b"Proxy-Authorization: Basic bWU6cGFzcw==" in head
            assert b"Proxy-Authorization" not in server.requests[0]

    run(story())


def test_this_machine_is_reached_without_it(run: Run) -> None:
    async def story() -> None:
        async with Server(says(OK)) as server, Server(hangs) as other:
            async with client(proxy=read_proxy(f"http://127.0.0.1:{other.port}", ())) as pypes:
                await pypes.receipt(post(server.url))
            assert other.accepted == 0

    run(story())


@pytest.mark.parametrize(
    ("said", "reason", "retryable"),
    [
        (b"HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nno", "it answers 407 to CONNECT", False),
        (b"HTTP/1.1 403 No\r\n\r\n", "it answers 403 to CONNECT", False),
        (b"HTTP/1.1 502 No\r\n\r\n", "it answers 502 to CONNECT", True),
        (b"HTTP/1.1 200 Yes\r\n\r\nmore", "it says more than it was asked", True),
        (b"SSH-2.0\r\n\r\n", "the answer is not valid HTTP: Expected HTTP/", True),
        (b"HTTP/1.1 2", "it closed the connection", True),
        (b"", "it closed the connection", True),
    ],
)
def test_a_way_that_the_proxy_does_not_open_is_a_failure_that_says_so(
    run: Run, said: bytes, reason: str, *, retryable: bool
) -> None:
    async def refuses(peer: Peer) -> None:
        await peer.reader.readuntil(b"\r\n\r\n")
        await peer.say(said)

    async def story() -> None:
        async with Server(refuses) as server:
            proxy = read_proxy(f"http://me:pass@127.0.0.1:{server.port}", ())
            async with client(proxy=proxy) as pypes:
                failure = await pypes.failure(post(f"https://{PUBLIC}/"))
            way = f"https://{PUBLIC}:443 through the proxy http://127.0.0.1:{server.port}"
            assert failure.message == f"cannot connect to {way}: {reason}"
            assert failure.retryable is retryable

    run(story())


def test_a_proxy_that_is_not_there_is_named(run: Run) -> None:
    async def story() -> None:
        async with Server(hangs) as server:
            proxy = read_proxy(f"http://127.0.0.1:{server.port}", ())
            server.stop_listening()
            async with client(proxy=proxy) as pypes:
                failure = await pypes.failure(post(f"http://{PUBLIC}/"))
            assert failure.message == (
                f"cannot connect to http://{PUBLIC}:80 through the proxy {server.url}: connection refused"
            )

    run(story())


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    ("host", "resolves_to"),
    [
        ("169.254.169.254", []),
        ("[::ffff:169.254.169.254]", []),
        ("metadata.google.internal", []),
        ("innocent.test", ["169.254.169.254"]),
        ("half.test", ["203.0.113.7", "169.254.169.254"]),
    ],
)
def test_metadata_services_are_refused_behind_a_proxy_too(
    run: Run, monkeypatch: pytest.MonkeyPatch, scheme: str, host: str, resolves_to: list[str]
) -> None:
    def getaddrinfo(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in resolves_to]

    async def story() -> None:
        async with Server(says(OK)) as server, relaying(server) as (relay, proxy):
            async with client(proxy=proxy) as pypes:
                failure = await pypes.failure(post(f"{scheme}://{host}/latest/meta-data/"))
            assert "never a target" in failure.message
            assert not failure.retryable
            assert relay.heads == []

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    run(story())


def test_private_targets_need_to_be_listed_behind_a_proxy_too_but_the_proxy_itself_does_not(run: Run) -> None:
    async def story() -> None:
        rules = AddressRules(allow_private=False, allow=("10.1.1.1",))
        server = Server(says_and_closes(OK))
        async with server, client(proxy=read_proxy(server.url, ()), rules=rules) as pypes:
            refused = await pypes.failure(post("http://10.1.1.2/"))
            assert "--allow-target 10.1.1.2" in refused.message
            assert (await pypes.receipt(post("http://10.1.1.1/"))).status == 200

    run(story())


def test_a_metadata_service_is_no_proxy(run: Run) -> None:
    async def story() -> None:
        async with client(proxy=Proxy(Origin("http", "169.254.169.254", 80))) as pypes:
            assert "never a target" in (await pypes.failure(post(f"http://{PUBLIC}/"))).message

    run(story())
