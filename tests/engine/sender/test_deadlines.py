"""Deadlines: what counts towards the time that a request has, and what ends when it is over."""

import asyncio
import time

import pytest

from pypes.clock import SECOND
from pypes.receipt import Failure, Receipt

from .conftest import Run
from .rig import Rig
from .serving import (
    OK,
    DeafAfterOne,
    Peer,
    Server,
    client,
    deaf_port,
    hangs,
    post,
)


def test_a_deadline_ends_an_exchange(run: Run) -> None:
    async def story() -> None:
        async with Server(hangs) as server, client() as pypes:
            failure = await pypes.failure(post(server.url, timeout=0.1))
            assert failure.message == "no answer within 0.1 s"
            assert failure.retryable
            assert 90_000 <= failure.finished - failure.started < 2_000_000
            await server.emptied.wait()

    run(story())


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nA: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_dripping_answer_does_not_outlast_the_deadline(run: Run, start: bytes) -> None:
    async def story() -> None:
        async def drips(peer: Peer) -> None:
            await peer.request()
            await peer.say(start)
            while True:
                await peer.say(b"\r\n" if not start else b"a")
                await asyncio.sleep(0.01)  # dripping is what is tested

        async with Server(drips) as server, client() as pypes:
            assert (await pypes.failure(post(server.url, timeout=0.1))).message == "no answer within 0.1 s"

    run(story())


def test_deadlines_of_different_length_share_a_connection(run: Run) -> None:
    async def story() -> None:
        async def hangs_on_third(peer: Peer) -> None:
            while await peer.request():
                if peer.asked < 3:
                    await peer.say(OK)

        async with Server(hangs_on_third) as server, client() as pypes:
            await pypes.receipt(post(server.url, timeout=60))
            await pypes.receipt(post(server.url, timeout=0.1))
            began = time.monotonic()
            await pypes.failure(post(server.url, timeout=0.2))
            assert 0.19 < time.monotonic() - began < 10
            assert server.accepted == 1

    run(story())


def test_time_spent_queued_behind_others_does_not_count(run: Run) -> None:
    async def story() -> None:
        async def slow(peer: Peer) -> None:
            while True:
                await peer.request()
                await asyncio.sleep(0.08)  # slowness is what is tested
                await peer.say(OK)

        async with Server(slow) as server, client(per_host=1) as pypes:
            sent = [pypes.send(post(server.url, timeout=0.4)) for _ in range(8)]
            outcomes = await asyncio.gather(*(one.outcome for one in sent))
            assert all(isinstance(outcome, Receipt) for outcome in outcomes)

    run(story())


def test_connecting_counts_towards_the_deadline(run: Run) -> None:
    async def story() -> None:
        with deaf_port() as port:
            async with client(per_host=2) as pypes:
                url = f"http://127.0.0.1:{port}"
                sent = [pypes.send(post(url, timeout=0.1 * patience)) for patience in (3, 1, 1, 1, 2)]
                await sent[1].outcome
                assert not sent[0].outcome.done()
                outcomes = await asyncio.gather(*(one.outcome for one in sent))
                for outcome, limit in zip(outcomes, (0.3, 0.1, 0.1, 0.1, 0.2), strict=True):
                    assert isinstance(outcome, Failure)
                    assert outcome.message == f"cannot connect to {url}: no connection within {limit} s"
                    assert outcome.retryable
                    assert limit - 0.02 < (outcome.finished - outcome.started) / SECOND < limit + 2
                assert pypes.sender.queued() == 0

    run(story())


def test_waiting_counts_from_the_moment_when_the_last_connection_is_lost(run: Run) -> None:
    async def story() -> None:
        async with DeafAfterOne() as host, client(per_host=1) as pypes:
            first, patient, second = (
                pypes.send(post(host.url, timeout=patience)) for patience in (5, 5, 0.2)
            )
            await host.request()
            await asyncio.sleep(0.3)  # longer than the second would have, if it counted
            assert not second.outcome.done()
            host.hang_up()
            lost = time.monotonic()
            assert isinstance(await first.outcome, Failure)
            failure = await second.outcome
            assert isinstance(failure, Failure)
            assert failure.message == f"cannot connect to {host.url}: no connection within 0.2 s"
            assert 0.19 < time.monotonic() - lost < 4
            assert patient.ticket.cancel()

    run(story())


def test_a_retry_that_finds_no_connection_ends_with_the_first_deadline(run: Run) -> None:
    async def story() -> None:
        async with DeafAfterOne() as host, client() as pypes:
            first = pypes.send(post(host.url))
            await host.request()
            await host.answer()
            await first.outcome
            second, began = pypes.send(post(host.url, timeout=0.8)), time.monotonic()
            await host.request()
            await asyncio.sleep(0.5)  # the time that is left for the retry is what is tested
            host.hang_up()
            assert isinstance(await second.outcome, Failure)
            assert 0.79 < time.monotonic() - began < 1.2

    run(story())


def test_a_retry_that_is_not_answered_ends_with_the_first_deadline(run: Run) -> None:
    async def story() -> None:
        async def dies_late(peer: Peer) -> None:
            await peer.request()
            if peer.number == 1:
                await peer.say(OK)
                await peer.request()
                await asyncio.sleep(0.1)  # time that the retry does not get back
            else:
                await peer.gone()

        async with Server(dies_late) as server, client() as pypes:
            await pypes.receipt(post(server.url))
            began = time.monotonic()
            failure = await pypes.failure(post(server.url, timeout=0.3))
            assert failure.message == "no answer within 0.3 s"
            assert 0.29 < time.monotonic() - began < 10

    run(story())


def test_what_waits_for_a_connection_begins_only_while_it_may(run: Run) -> None:
    async def story() -> None:
        may_begin = True
        rig = Rig(per_host=1, may_begin=lambda: may_begin)
        for name in (b"1", b"2", b"3"):
            rig.send(name)
        await rig.have_opened(1)
        await rig.settle()
        (wire,) = rig.wires
        may_begin = False
        wire.say(OK)
        rig.sender.go_on()
        assert wire.asked == [b"1"]
        may_begin = True
        rig.sender.go_on()
        assert wire.asked == [b"1", b"2"]
        wire.say(OK)
        assert wire.asked == [b"1", b"2", b"3"]
        await rig.finish()

    run(story())
