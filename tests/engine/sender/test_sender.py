"""Sending over real connections: what is delivered, what is kept, what is given up."""

import asyncio
import socket
import time
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pypes.clock import SECOND, SystemClock
from pypes.receipt import Failure, Receipt

from .conftest import Run
from .rig import Rig
from .serving import (
    OK,
    DeafAfterOne,
    Peer,
    Server,
    answers_when_told,
    client,
    deaf_port,
    hangs,
    post,
    says,
    says_and_closes,
)


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_a_receipt_tells_what_was_answered_and_when(run: Run) -> None:
    async def story() -> None:
        answer = b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nbusy"
        async with Server(says(answer)) as server, client() as pypes:
            before = SystemClock().now()
            receipt = await pypes.receipt(post(server.url + "/a?b", b'{"x":1}'))
            assert (receipt.status, receipt.bytes, receipt.clipped) == (503, 4, False)
            assert (receipt.body, receipt.retry_after) == ("busy", "7")
            assert before <= receipt.started <= receipt.finished <= SystemClock().now()
            assert server.requests[0].startswith(b"POST /a?b HTTP/1.1\r\n")
            assert server.requests[0].endswith(b'\r\n\r\n{"x":1}')

    run(story())


def test_phases_are_timed_and_connecting_is_told_once(run: Run) -> None:
    async def story() -> None:
        async with Server(says(OK)) as server, client() as pypes:
            first = (await pypes.receipt(post(server.url))).timing
            second = (await pypes.receipt(post(server.url))).timing
            assert first.connect is not None
            assert first.connect > 0
            assert first.resolve is first.tls is second.connect is None
            for timing in first, second:
                assert timing.first_byte is not None
                assert timing.total is not None
                assert 0 < timing.first_byte <= timing.total

    run(story())


def test_a_redirect_is_an_answer_like_any_other(run: Run) -> None:
    async def story() -> None:
        moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
        async with Server(says(moved)) as server, client() as pypes:
            assert (await pypes.receipt(post(server.url))).status == 302
            assert len(server.requests) == 1

    run(story())


def test_requests_one_after_another_share_a_connection(run: Run) -> None:
    async def story() -> None:
        async with Server(says(OK)) as server, client() as pypes:
            for _ in range(20):
                await pypes.receipt(post(server.url))
            assert server.accepted == 1

    run(story())


def test_a_burst_is_answered_over_no_more_connections_than_allowed(run: Run) -> None:
    async def story() -> None:
        async with Server(says(OK)) as server, client(per_host=8) as pypes:
            sent = [pypes.send(post(server.url)) for _ in range(1000)]
            outcomes = await asyncio.gather(*(one.outcome for one in sent))
            assert all(isinstance(outcome, Receipt) for outcome in outcomes)
            assert server.most_open <= 8
            assert len(server.requests) == 1000

    run(story())


def test_there_are_never_more_connections_than_requests_that_wait(run: Run) -> None:
    async def story() -> None:
        async with Server(says(OK)) as server, client() as pypes:
            await asyncio.gather(*(pypes.send(post(server.url)).outcome for _ in range(3)))
            assert server.accepted <= 3

    run(story())


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        OK + OK,
        OK + b"x",
    ],
    ids=["close", "http10", "two answers", "extra byte"],
)
def test_a_connection_that_cannot_be_trusted_further_is_not_used_again(run: Run, answer: bytes) -> None:
    async def story() -> None:
        async with Server(says(answer)) as server, client() as pypes:
            for number in range(1, 4):
                assert (await pypes.receipt(post(server.url))).body == "ok"
                assert server.accepted == number

    run(story())


@pytest.mark.parametrize("length", [2, 20_000])
@pytest.mark.parametrize("extra", [b"\r\n", b"HTTP/1.1 500 Unasked\r\nContent-Length: 0\r\n\r\n"])
def test_bytes_on_an_idle_connection_are_nobodys_answer(run: Run, length: int, extra: bytes) -> None:
    async def story() -> None:
        async def talks_on(peer: Peer) -> None:
            await peer.request()
            await peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length, b"a" * length)
            await peer.server.answers.get()
            await peer.say(extra)
            await peer.gone()

        async with Server(talks_on) as server, client() as pypes:
            await pypes.receipt(post(server.url))
            server.answers.put_nowait(None)
            await server.emptied.wait()
            server.answers.put_nowait(None)
            assert (await pypes.receipt(post(server.url))).status == 200
            assert server.accepted == 2

    run(story())


def test_an_idle_connection_is_closed_after_a_while(run: Run) -> None:
    async def story() -> None:
        async with Server(says(OK)) as server, client(idle=SECOND // 20) as pypes:
            await pypes.receipt(post(server.url))
            await server.emptied.wait()
            await pypes.receipt(post(server.url))
            assert server.accepted == 2

    run(story())


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


@pytest.mark.parametrize("head", [b"Content-Length: 100000000\r\n", b"", b"Transfer-Encoding: chunked\r\n"])
def test_a_huge_answer_costs_the_clip_size(run: Run, head: bytes) -> None:
    async def story() -> None:
        async def pours(peer: Peer) -> None:
            await peer.request()
            await peer.say(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n")
            chunk = b"10000\r\n" + b"a" * 65536 + b"\r\n" if b"chunked" in head else b"a" * 100_000
            for _ in range(1000):
                await peer.say(chunk)
            pytest.fail("somebody read it all")

        async with Server(pours) as server, client() as pypes:
            receipt = await pypes.receipt(post(server.url))
            assert receipt.body == "a" * 4096
            known = head.startswith(b"Content-Length")
            assert (receipt.bytes, receipt.clipped) == ((100_000_000, False) if known else (4096, True))
            await server.emptied.wait()

    run(story())


def test_a_short_rest_is_read_after_the_receipt_and_the_connection_kept(run: Run) -> None:
    async def story() -> None:
        async def in_two_parts(peer: Peer) -> None:
            while True:
                await peer.request()
                await peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n", b"a" * 5000)
                await peer.server.answers.get()
                await peer.say(b"b" * 15000)

        async with Server(in_two_parts) as server, client(per_host=1) as pypes:
            for _ in range(3):
                receipt = await pypes.receipt(post(server.url))
                assert (receipt.bytes, receipt.clipped, receipt.body) == (20000, False, "a" * 4096)
                server.answers.put_nowait(None)
            assert server.accepted == 1

    run(story())


def test_a_rest_that_never_comes_ends_with_the_deadline(run: Run) -> None:
    async def story() -> None:
        part = b"HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n" + b"a" * 5000
        async with Server(says(part)) as server, client(per_host=1) as pypes:
            first, second = (pypes.send(post(server.url, timeout=0.1)) for _ in range(2))
            assert isinstance(await first.outcome, Receipt)
            assert isinstance(await second.outcome, Receipt)
            assert server.accepted == 2

    run(story())


def test_an_answer_before_the_whole_body_is_sent_ends_the_connection(run: Run) -> None:
    async def story() -> None:
        async def too_large(peer: Peer) -> None:
            await peer.reader.readuntil(b"\r\n\r\n")
            await peer.say(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
            await peer.server.answers.get()

        async with Server(too_large) as server, client() as pypes:
            assert (await pypes.receipt(post(server.url, b"x" * 20_000_000))).status == 413
            assert (await pypes.receipt(post(server.url))).status == 413
            assert server.accepted == 2

    run(story())


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


def test_a_host_that_hangs_delays_no_other(run: Run) -> None:
    async def story() -> None:
        async with Server(hangs) as hanging, Server(says(OK)) as fast, client(per_host=4) as pypes:
            stuck = [pypes.send(post(hanging.url)) for _ in range(100)]
            began = time.monotonic()
            for _ in range(50):
                await pypes.receipt(post(fast.url))
            assert time.monotonic() - began < 4
            assert not any(one.outcome.done() for one in stuck)
            for one in stuck:
                one.ticket.cancel()

    run(story())


def test_a_host_that_refuses_fails_all_who_wait_at_once(run: Run) -> None:
    async def story() -> None:
        url = f"http://127.0.0.1:{closed_port()}"
        async with client() as pypes:
            sent = [pypes.send(post(url, timeout=60)) for _ in range(2000)]
            outcomes = await asyncio.gather(*(one.outcome for one in sent))
            assert not any(one.ticket.sent for one in sent)
            assert len({outcome.finished for outcome in outcomes}) == 1  # one attempt told it to all
            assert isinstance(outcomes[0], Failure)
            assert outcomes[0].message == f"cannot connect to {url}: connection refused"
            assert outcomes[0].retryable
            assert (await pypes.failure(post(url))).message.endswith("connection refused")

    run(story())


def test_a_refused_connection_beside_a_working_one_fails_nobody(run: Run) -> None:
    async def story() -> None:
        async with Server(says(OK)) as server, client() as pypes:
            await pypes.receipt(post(server.url))
            server.stop_listening()
            sent = [pypes.send(post(server.url)) for _ in range(50)]
            outcomes = await asyncio.gather(*(one.outcome for one in sent))
            assert all(isinstance(outcome, Receipt) for outcome in outcomes)
            assert server.accepted == 1

    run(story())


def test_a_server_that_closes_at_once_is_a_failure_and_no_hang(run: Run) -> None:
    async def story() -> None:
        async def slams(peer: Peer) -> None:
            peer.reset()

        async with Server(slams) as server, client() as pypes:
            for _ in range(20):
                assert (await pypes.failure(post(server.url))).retryable

    run(story())


def test_a_cancelled_request_that_waits_is_never_sent(run: Run) -> None:
    async def story() -> None:
        async with Server(answers_when_told) as server, client(per_host=1) as pypes:
            first, second, third = (pypes.send(post(server.url, b"[%d]" % n)) for n in (1, 2, 3))
            await server.asked(1)
            assert (first.ticket.sent, second.ticket.sent) == (True, False)
            assert pypes.sender.waiting(first.ticket.origin) == pypes.sender.queued() == 2
            assert pypes.sender.in_flight() == 1
            assert second.ticket.cancel() is True
            assert second.ticket.cancel() is False
            assert pypes.sender.queued() == 1
            server.answers.put_nowait(None)
            server.answers.put_nowait(None)
            await asyncio.gather(first.outcome, third.outcome)
            assert [request[-3:] for request in server.requests] == [b"[1]", b"[3]"]
            assert not second.outcome.done()
            assert pypes.sender.in_flight() == pypes.sender.queued() == 0

    run(story())


def test_a_cancelled_request_that_was_sent_drops_its_connection(run: Run) -> None:
    async def story() -> None:
        async with Server(hangs) as server, client() as pypes:
            sent = pypes.send(post(server.url, timeout=60))
            await server.asked(1)
            assert sent.ticket.cancel() is False
            await server.emptied.wait()
            assert not sent.outcome.done()
            assert pypes.sender.in_flight() == 0

    run(story())


def test_cancelling_what_is_over_changes_nothing(run: Run) -> None:
    async def story() -> None:
        async with Server(says(OK)) as server, client() as pypes:
            sent = pypes.send(post(server.url))
            await sent.outcome
            assert sent.ticket.cancel() is False
            await pypes.receipt(post(server.url))
            assert server.accepted == 1

    run(story())


def test_cancelling_everybody_before_the_connection_is_open_leaves_nothing(run: Run) -> None:
    async def story() -> None:
        async with Server(says(OK)) as server, client() as pypes:
            sent = [pypes.send(post(server.url)) for _ in range(100)]
            assert all(one.ticket.cancel() for one in sent)
            assert (await pypes.receipt(post(server.url))).status == 200
            assert len(server.requests) == 1

    run(story())


def test_closing_fails_whoever_is_not_finished_and_whoever_comes_later(run: Run) -> None:
    async def story() -> None:
        async with Server(hangs) as server, client(per_host=1) as pypes:
            sent = [pypes.send(post(server.url)) for _ in range(3)]
            await server.asked(1)
            await pypes.sender.close()
            sent.append(pypes.send(post(server.url)))
            for one in sent:
                failure = await one.outcome
                assert isinstance(failure, Failure)
                assert (failure.message, failure.retryable) == ("pypes is stopping", True)
            await server.emptied.wait()

    run(story())


def test_closing_at_any_moment_of_connecting_ends_everything(run: Run) -> None:
    async def story() -> None:
        async with Server(says(OK)) as server:
            for moments in range(12):
                async with client() as pypes:
                    sent = [pypes.send(post(server.url)) for _ in range(30)]
                    for _ in range(moments):
                        await asyncio.sleep(0)
                await asyncio.gather(*(one.outcome for one in sent))

    run(story())


def test_a_done_that_raises_is_reported_and_harms_nobody(run: Run) -> None:
    async def story() -> None:
        reports: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, report: reports.append(report))
        async with Server(says(OK)) as server, client(per_host=1) as pypes:
            pypes.sender.send(post(server.url), lambda _: 1 / 0)  # type: ignore[arg-type]
            await pypes.receipt(post(server.url))
            assert [type(report["exception"]) for report in reports] == [ZeroDivisionError]
            assert server.accepted == 1

    run(story())


def test_a_bug_while_reading_an_answer_becomes_a_failure(run: Run) -> None:
    class Hiccup(SystemClock):
        is_due = False

        def monotonic(self) -> int:
            if self.is_due:
                self.is_due = False
                raise RuntimeError("hic")
            return super().monotonic()

    async def story() -> None:
        clock = Hiccup()
        async with Server(answers_when_told) as server, client(clock=clock) as pypes:
            sent = pypes.send(post(server.url))
            await server.asked(1)
            clock.is_due = True
            server.answers.put_nowait(None)
            outcome = await sent.outcome
            assert isinstance(outcome, Failure)
            assert outcome.message == "internal error: RuntimeError: hic"
            server.answers.put_nowait(None)
            await pypes.receipt(post(server.url))

    run(story())


def test_a_bug_while_connecting_becomes_a_failure(run: Run) -> None:
    class Broken(SystemClock):
        ticks = 0

        def monotonic(self) -> int:
            self.ticks += 1
            if self.ticks == 4:
                raise RuntimeError("hic")
            return super().monotonic()

    async def story() -> None:
        async with Server(says(OK)) as server, client(clock=Broken()) as pypes:
            assert (await pypes.failure(post(server.url))).message == "internal error: RuntimeError: hic"
            await pypes.receipt(post(server.url))

    run(story())


def test_what_sends_again_from_done_is_served(run: Run) -> None:
    async def story() -> None:
        async with Server(says(OK)) as server, client() as pypes:
            finished = asyncio.get_running_loop().create_future()

            def again(_: object, left: int = 200) -> None:
                if left:
                    pypes.sender.send(post(server.url), lambda outcome: again(outcome, left - 1))
                else:
                    finished.set_result(None)

            again(None)
            await finished
            assert server.accepted == 1

    run(story())


HOSTILE = [
    (OK, (200, 2, "ok")),
    (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, (200, 2, "ok")),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", (200, 2, "ok")),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + b"a" * 9000, (200, 9000, "a" * 4096)),
    (b"HTTP/1.1 200 OK\r\n\r\nok", (200, 2, "ok")),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok", "closed in the middle of the answer"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nok", "the answer is not valid HTTP"),
    (b"no", "the answer is not valid HTTP"),
    (b"", "closed before an answer"),
]


def test_how_an_answer_travels_does_not_change_the_outcome(run: Run) -> None:
    async def told(stream: bytes, cuts: list[int]) -> Any:
        pieces = [stream[a:b] for a, b in pairwise([0, *sorted(cuts), len(stream)])]
        async with Server(says_and_closes(*pieces)) as server, client() as pypes:
            outcome = await pypes.outcome(post(server.url))
        if isinstance(outcome, Receipt):
            return outcome.status, outcome.bytes, outcome.body
        return outcome.message.removeprefix("the connection was ").split(":")[0]

    @settings(max_examples=60, deadline=None)
    @given(st.sampled_from(HOSTILE), st.lists(st.integers(1, 60), max_size=6))
    def examine(case: tuple[bytes, Any], cuts: list[int]) -> None:
        async def story() -> None:
            assert await told(case[0], cuts) == case[1]

        run(story())

    examine()
