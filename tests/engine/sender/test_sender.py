"""Sending over real connections: what is delivered, in which order, over which connections."""

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
from .serving import (
    OK,
    Peer,
    Server,
    answers_when_told,
    client,
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
