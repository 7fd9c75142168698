"""Connections that die: what was sent on one is sent again where that is safe, else fails with a reason."""

import asyncio
from typing import Any

import pytest

from pypes.receipt import Receipt

from .conftest import Run
from .serving import (
    OK,
    Peer,
    Server,
    client,
    post,
    says_and_closes,
)


def test_a_connection_that_closes_while_idle_is_forgotten_and_the_others_go_on(run: Run) -> None:
    async def story() -> None:
        left = asyncio.Event()

        async def second_leaves(peer: Peer) -> None:
            while True:
                await peer.request()
                await peer.server.answers.get()
                await peer.say(OK)
                if peer.number == 2:
                    peer.writer.write_eof()
                    await peer.gone()
                    left.set()

        async with Server(second_leaves) as server, client() as pypes:
            for expected in 2, 3:
                sent = [pypes.send(post(server.url)) for _ in range(2)]
                await server.asked(2 * (expected - 1))
                server.answers.put_nowait(None)
                server.answers.put_nowait(None)
                outcomes = await asyncio.gather(*(one.outcome for one in sent))
                assert all(isinstance(outcome, Receipt) for outcome in outcomes)
                assert server.accepted == expected
                await left.wait()

    run(story())


async def dies_on_the_second(peer: Peer) -> None:
    """Answer one request a connection; close at the next without a byte, as one who gave it up meanwhile."""
    await peer.request()
    await peer.say(OK)
    await peer.request()


async def resets_on_the_second(peer: Peer) -> None:
    await dies_on_the_second(peer)
    peer.reset()


@pytest.mark.parametrize("answer", [dies_on_the_second, resets_on_the_second])
def test_a_request_on_a_stale_connection_is_sent_again_on_a_fresh_one(run: Run, answer: Any) -> None:
    async def story() -> None:
        async with Server(answer) as server, client() as pypes:
            await pypes.receipt(post(server.url))
            again = pypes.send(post(server.url, b"[2]"))
            assert isinstance(await again.outcome, Receipt)
            assert again.ticket.sent
            assert server.accepted == 2
            assert [request[-3:] for request in server.requests[1:]] == [b"[2]", b"[2]"]

    run(story())


def test_a_stale_connection_is_forgiven_once(run: Run) -> None:
    async def story() -> None:
        async def dies_and_stays_dead(peer: Peer) -> None:
            if peer.number == 1:
                await dies_on_the_second(peer)
            else:
                await peer.request()

        async with Server(dies_and_stays_dead) as server, client() as pypes:
            await pypes.receipt(post(server.url))
            failure = await pypes.failure(post(server.url))
            assert failure.message == "the connection was closed before an answer"
            assert failure.retryable
            assert len(server.requests) == 3

    run(story())


def test_a_retry_that_finds_nobody_fails_with_the_reason(run: Run) -> None:
    async def story() -> None:
        async with Server(dies_on_the_second) as server, client() as pypes:
            await pypes.receipt(post(server.url))
            server.stop_listening()
            failure = await pypes.failure(post(server.url))
            assert failure.message == f"cannot connect to {server.url}: connection refused"

    run(story())


def test_a_fresh_connection_that_dies_is_not_forgiven(run: Run) -> None:
    async def story() -> None:
        async with Server(says_and_closes()) as server, client() as pypes:
            failure = await pypes.failure(post(server.url))
            assert failure.message == "the connection was closed before an answer"
            assert len(server.requests) == 1

    run(story())


@pytest.mark.parametrize(
    "part", [b"H", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"]
)
def test_an_answer_that_breaks_off_is_a_failure_and_not_sent_again(run: Run, part: bytes) -> None:
    async def story() -> None:
        async def breaks_off(peer: Peer) -> None:
            await peer.request()
            await peer.say(OK)
            await peer.request()
            await peer.say(part)

        async with Server(breaks_off) as server, client() as pypes:
            await pypes.receipt(post(server.url))
            failure = await pypes.failure(post(server.url))
            assert failure.message == "the connection was closed in the middle of the answer"
            assert failure.retryable
            assert len(server.requests) == 2

    run(story())


def test_a_reset_does_not_end_an_answer_without_a_length(run: Run) -> None:
    async def story() -> None:
        async def resets(peer: Peer) -> None:
            await peer.request()
            await peer.say(b"HTTP/1.1 200 OK\r\n\r\npart")
            await asyncio.sleep(0.02)  # a reset overtakes what was not read yet
            peer.reset()

        async with Server(resets) as server, client() as pypes:
            failure = await pypes.failure(post(server.url))
            assert failure.message == "the connection was reset in the middle of the answer"
            assert failure.retryable

    run(story())


def test_an_answer_without_a_length_ends_when_the_server_closes_its_half(run: Run) -> None:
    async def story() -> None:
        async def half_closes(peer: Peer) -> None:
            await peer.request()
            await peer.say(b"HTTP/1.1 200 OK\r\n\r\nall")
            peer.writer.write_eof()
            await peer.gone()

        async with Server(half_closes) as server, client() as pypes:
            assert (await pypes.receipt(post(server.url))).body == "all"

    run(story())
