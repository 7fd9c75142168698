"""The way to a connection: names, rules about addresses, several addresses, TLS."""

import asyncio
import datetime
import os
import resource
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import trustme

from pypes.address import AddressRules
from pypes.engine.sender import connect
from pypes.engine.sender.eyeballs import HEAD_START, connect_any
from pypes.receipt import Receipt

from .conftest import Run
from .serving import OK, Peer, Server, answers_when_told, client, deaf_port, hangs, post, says

YESTERDAY = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """What a machine whose trust store contains the authority has."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def serving(authority: trustme.CA, name: str = "localhost", **options: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, **options).configure_cert(context)
    return context


def by_name(server: Server) -> str:
    return server.url.replace("127.0.0.1", "localhost")


def test_a_name_is_resolved_and_timed(run: Run) -> None:
    async def story() -> None:
        async with Server(says(OK)) as server, client() as pypes:
            receipt = await pypes.receipt(post(by_name(server)))
            assert receipt.timing.resolve is not None
            assert f"Host: localhost:{server.port}".encode() in server.requests[0]

    run(story())


def test_a_name_that_does_not_resolve_is_a_failure_that_says_so(run: Run) -> None:
    async def story() -> None:
        async with client() as pypes:
            failure = await pypes.failure(post("http://nowhere.invalid/"))
            assert failure.message.startswith("the name does not resolve: nowhere.invalid (")
            assert failure.retryable

    run(story())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_an_address_against_the_rules_is_never_connected_to(run: Run, host: str) -> None:
    async def story() -> None:
        async with Server(says(OK)) as server, client(rules=AddressRules(allow_private=False)) as pypes:
            failure = await pypes.failure(post(f"http://{host}:{server.port}/"))
            assert "loopback or private" in failure.message
            assert "--allow-target" in failure.message
            assert not failure.retryable
            assert server.accepted == 0

    run(story())


@pytest.mark.parametrize("listed", ["localhost", "127.0.0.1"])
def test_a_listed_target_is_reached(run: Run, listed: str) -> None:
    async def story() -> None:
        rules = AddressRules(allow_private=False, allow=(listed,))
        async with Server(says(OK)) as server, client(rules=rules) as pypes:
            assert (await pypes.receipt(post(by_name(server)))).status == 200

    run(story())


def test_metadata_services_are_refused_even_if_listed(run: Run) -> None:
    async def story() -> None:
        rules = AddressRules(allow_private=True, allow=("169.254.169.254", "169.254.0.0/16"))
        async with client(rules=rules) as pypes:
            failure = await pypes.failure(post("http://169.254.169.254/latest/meta-data/"))
            assert "never a target" in failure.message
            assert not failure.retryable

    run(story())


def test_the_next_address_is_tried_beside_one_that_does_not_reply(run: Run) -> None:
    async def story() -> None:
        with deaf_port() as port, socket.create_server(("127.0.0.2", port)):
            began = asyncio.get_running_loop().time()
            connected = await connect_any(["127.0.0.1", "127.0.0.2"], port)
            assert connected.getpeername() == ("127.0.0.2", port)
            assert asyncio.get_running_loop().time() - began < HEAD_START + 2
            connected.close()

    run(story())


def test_the_next_address_is_tried_at_once_after_one_that_refuses(run: Run) -> None:
    async def story() -> None:
        with socket.create_server(("127.0.0.2", 0)) as listener:
            port = listener.getsockname()[1]
            began = asyncio.get_running_loop().time()
            connected = await connect_any(["127.0.0.1", "127.0.0.3", "127.0.0.2"], port)
            assert asyncio.get_running_loop().time() - began < 2 * HEAD_START
            connected.close()

    run(story())


@contextmanager
def no_more_files() -> Iterator[None]:
    """Use up all files that this process may open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    spare = [os.open(os.devnull, os.O_RDONLY)]
    highest = max(int(file.name) for file in Path("/dev/fd").iterdir())
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1, hard))
    try:
        with suppress(OSError):
            while True:
                spare.append(os.dup(spare[0]))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for file in spare:
            os.close(file)


def test_idle_connections_make_room_when_no_more_files_can_be_opened(run: Run) -> None:
    async def story() -> None:
        async with Server(answers_when_told) as one, Server(says(OK)) as other, client() as pypes:
            sent = [pypes.send(post(one.url)) for _ in range(4)]
            await one.asked(4)
            for _ in sent:
                one.answers.put_nowait(None)
            await asyncio.gather(*(each.outcome for each in sent))
            with no_more_files():
                assert (await pypes.receipt(post(other.url))).status == 200

    run(story())


def test_a_process_that_may_open_no_more_files_says_what_to_raise(run: Run) -> None:
    async def story() -> None:
        async with Server(says(OK)) as server, client() as pypes:
            with no_more_files():
                failure = await pypes.failure(post(server.url))
            assert failure.message.endswith("too many open files: raise the limit (ulimit -n)")
            assert failure.retryable

    run(story())


def test_tls_is_verified_against_the_name_and_timed(
    run: Run, authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    async def story() -> None:
        asked = []
        context = serving(authority)
        context.sni_callback = lambda _, name, __: asked.append(name)
        async with Server(says(OK), ssl=context) as server, client(ssl_context=trusting) as pypes:
            receipts = [await pypes.receipt(post(by_name(server))) for _ in range(2)]
            assert receipts[0].timing.tls is not None
            assert receipts[1].timing.tls is None
            assert asked == ["localhost"]
            assert server.accepted == 1

    run(story())


def test_many_requests_over_tls_share_its_connections(
    run: Run, authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    async def story() -> None:
        options: Any = {"ssl_context": trusting, "per_host": 4}
        async with Server(says(OK), ssl=serving(authority)) as server, client(**options) as pypes:
            sent = [pypes.send(post(by_name(server))) for _ in range(200)]
            outcomes = await asyncio.gather(*(one.outcome for one in sent))
            assert all(isinstance(outcome, Receipt) for outcome in outcomes)
            assert server.accepted <= 4

    run(story())


def test_an_unknown_authority_is_refused_for_good(run: Run, authority: trustme.CA) -> None:
    async def story() -> None:
        async with Server(says(OK), ssl=serving(authority)) as server, client() as pypes:
            failure = await pypes.failure(post(by_name(server)))
            assert failure.message.startswith("TLS: certificate verify failed: ")
            assert not failure.retryable
            assert server.requests == []

    run(story())


def test_an_expired_certificate_is_refused_for_good(
    run: Run, authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    async def story() -> None:
        expired = serving(authority, not_after=YESTERDAY)
        async with Server(says(OK), ssl=expired) as server, client(ssl_context=trusting) as pypes:
            failure = await pypes.failure(post(by_name(server)))
            assert "certificate verify failed: certificate has expired" in failure.message
            assert not failure.retryable

    run(story())


def test_a_certificate_for_another_name_is_refused_for_good(
    run: Run, authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    async def story() -> None:
        other = serving(authority, "other.example")
        async with Server(says(OK), ssl=other) as server, client(ssl_context=trusting) as pypes:
            for url in by_name(server), server.url:
                failure = await pypes.failure(post(url))
                assert "certificate verify failed" in failure.message
                assert "mismatch" in failure.message
                assert not failure.retryable

    run(story())


def test_tls_to_a_server_that_speaks_none_is_a_failure_that_says_so(run: Run) -> None:
    async def story() -> None:
        async with Server(says(OK)) as plain, client() as pypes:
            plain.answers.put_nowait(None)
            failure = await pypes.failure(post(plain.url.replace("http:", "https:"), timeout=0.2))
            assert failure.message.startswith(
                f"cannot connect to https://127.0.0.1:{plain.port}: no connection"
            )

    run(story())


def test_plain_http_in_answer_to_a_handshake_is_a_tls_failure(run: Run) -> None:
    async def story() -> None:
        async def blurts(peer: Peer) -> None:
            await peer.say(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            await peer.gone()

        async with Server(blurts) as plain, client() as pypes:
            failure = await pypes.failure(post(plain.url.replace("http:", "https:")))
            assert failure.message.startswith("TLS: ")
            assert failure.retryable

    run(story())


def test_the_handshake_counts_towards_the_deadline(
    run: Run, authority: trustme.CA, trusting: ssl.SSLContext
) -> None:
    def shake_late(listener: socket.socket, context: ssl.SSLContext) -> None:
        accepted, _ = listener.accept()
        time.sleep(0.4)  # slowness is what is tested
        with suppress(OSError), context.wrap_socket(accepted, server_side=True) as secured:
            while secured.recv(65536):
                pass

    async def story(url: str) -> None:
        async with client(ssl_context=trusting) as pypes:
            began = time.monotonic()
            failure = await pypes.failure(post(url, timeout=0.6))
            assert failure.message == "no answer within 0.6 s"
            assert time.monotonic() - began < 0.95

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=shake_late, args=(listener, serving(authority)))
        thread.start()
        run(story(f"https://localhost:{listener.getsockname()[1]}"))
        thread.join()


def test_a_handshake_that_is_dropped_is_a_retryable_failure(run: Run) -> None:
    async def story() -> None:
        async def drops(peer: Peer) -> None:
            await peer.reader.read(1)
            peer.reset()

        async with Server(drops) as server, client() as pypes:
            failure = await pypes.failure(post(server.url.replace("http:", "https:")))
            assert failure.message.startswith(f"cannot connect to https://127.0.0.1:{server.port}: ")
            assert failure.retryable

    run(story())


def test_closing_in_the_middle_of_connecting_leaves_nothing_open(run: Run) -> None:
    async def story() -> None:
        async with Server(hangs) as server, client() as pypes:
            sent = pypes.send(post(server.url.replace("http:", "https:")))
            await server.joined.wait()
            await pypes.sender.close()
            assert (await sent.outcome).message == "pypes is stopping"  # type: ignore[union-attr]
            await server.emptied.wait()

    run(story())


def test_each_phase_on_the_way_has_a_limit_of_its_own(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        with deaf_port() as port:
            async with Server(hangs) as silent, client() as pypes:
                url = f"http://127.0.0.1:{port}"
                failure = await pypes.failure(post(url, timeout=60))
                assert failure.message == f"cannot connect to {url}: no reply within 0.2 s"
                url = silent.url.replace("http", "https")
                failure = await pypes.failure(post(url, timeout=60))
                assert failure.message == f"TLS: no handshake with {url} within 0.3 s"
                assert failure.retryable

    monkeypatch.setattr(connect, "CONNECT_WITHIN", 0.2)
    monkeypatch.setattr(connect, "TLS_WITHIN", 0.3)
    run(story())


def test_a_metadata_service_is_refused_by_its_name(run: Run) -> None:
    async def story() -> None:
        async with client() as pypes:
            failure = await pypes.failure(post("http://metadata.google.internal/"))
            assert "never a target" in failure.message
            assert not failure.retryable

    run(story())
