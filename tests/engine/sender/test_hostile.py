"""A hostile receiver: whatever it does, its own request fails or is answered, and nobody else notices."""

import asyncio
import tracemalloc
from collections.abc import Callable

import pytest

from pypes.receipt import Receipt

from .conftest import Run
from .serving import OK, Answer, Client, Peer, Server, client, post, says, says_and_closes

HEAD = b"HTTP/1.1 200 OK\r\n"
LENGTH = HEAD + b"Content-Length: 5\r\n\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


async def told(pypes: Client, url: str) -> object:
    """What came of one request: the body, or why there is none."""
    outcome = await pypes.outcome(post(url, timeout=10))
    if isinstance(outcome, Receipt):
        return outcome.body
    assert outcome.retryable
    return outcome.message


def suffers(run: Run, answer: Answer, check: Callable[[object], bool], times: int = 3) -> None:
    """Let one client meet the server again and again, beside an honest one, and lose nothing by it."""

    async def story() -> None:
        async with Server(answer) as hostile, Server(says(OK)) as honest, client(per_host=2) as pypes:
            for _ in range(times):
                said = await told(pypes, hostile.url)
                assert check(said), said
                assert await told(pypes, honest.url) == "ok"
            assert honest.accepted == 1
            assert (pypes.sender.in_flight(), pypes.sender.queued()) == (0, 0)
            assert hostile.most_open <= 2

    run(story())


def resets_after(said: bytes) -> Answer:
    async def answer(peer: Peer) -> None:
        await peer.request()
        await peer.say(said)
        await asyncio.sleep(0.01)  # a reset overtakes what was not read yet
        peer.reset()

    return answer


PHASES = {
    "before the answer": b"",
    "in the status line": b"HTTP/1.1 2",
    "after the status line": HEAD,
    "in a header": HEAD + b"Content-Le",
    "after an interim answer": b"HTTP/1.1 100 Continue\r\n\r\n",
    "after the head": LENGTH,
    "in the body": LENGTH + b"hel",
    "in a chunk's size": CHUNKED + b"1",
    "in a chunk": CHUNKED + b"5\r\nhel",
    "between chunks": CHUNKED + b"5\r\nhello\r\n",
    "before the trailers end": CHUNKED + b"5\r\nhello\r\n0\r\nA: b\r\n",
    "in a body without a length": HEAD + b"\r\nhel",
}


@pytest.mark.parametrize("said", PHASES.values(), ids=PHASES.keys())
def test_a_reset_in_any_phase_is_a_failure(run: Run, said: bytes) -> None:
    when = "in the middle of the answer" if said else "before an answer"
    suffers(run, resets_after(said), lambda told: told == f"the connection was reset {when}", times=2)


def test_a_reset_after_the_answer_is_not_a_failure(run: Run) -> None:
    suffers(run, resets_after(OK), lambda told: told == "ok")


@pytest.mark.parametrize(
    "said",
    [said for said in PHASES.values() if not said.endswith(b"\r\nhel")],
    ids=lambda said: repr(said[-9:]),
)
def test_an_end_in_any_phase_is_a_failure(run: Run, said: bytes) -> None:
    when = "in the middle of the answer" if said else "before an answer"
    suffers(run, says_and_closes(said), lambda told: told == f"the connection was closed {when}", times=2)


SHAPES = {
    "a length and chunks": HEAD
    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "chunks and a length": HEAD
    + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "two lengths": HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "the same length twice": HEAD + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "a list of lengths": HEAD + b"Content-Length: 5, 5\r\n\r\nhello",
    "a folded header": HEAD + b"A: b\r\n c\r\nContent-Length: 5\r\n\r\nhello",
    "bare line feeds": b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
    "a space before the colon": HEAD + b"Content-Length : 5\r\n\r\nhello",
    "a huge chunk": CHUNKED + b"fffffffffffffffff\r\nhello",
    "a chunk without its end": CHUNKED + b"5\r\nhello0\r\n\r\n",
    "an unfinished quote in a chunk's extension": CHUNKED + b'5;a="\r\nhello\r\n0\r\n\r\n',
    "a length in the trailers": CHUNKED + b"5\r\nhello\r\n0\r\nContent-Length: 3\r\n\r\n",
    "HTTP/0.9": b"hello",
    "HTTP/2": b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x80",
    "TLS": b"\x15\x03\x01\x00\x02\x02\x46",
    "another protocol": b"220 mail.test ESMTP\r\n",
    "garbage": bytes(range(256)) * 8,
}


@pytest.mark.parametrize("said", SHAPES.values(), ids=SHAPES.keys())
def test_what_could_be_read_in_two_ways_is_no_answer(run: Run, said: bytes) -> None:
    suffers(run, says(said), lambda told: str(told).startswith("the answer is not valid HTTP: "))


def test_switching_protocols_is_no_answer(run: Run) -> None:
    said = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n\0\0\0"
    suffers(run, says(said), lambda told: "switches protocols" in str(told))


FLOODS = {
    "headers": (HEAD, b"A: b\r\n" * 1000),
    "a header": (HEAD + b"A: ", b"b" * 10_000),
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
    "a chunk's extension": (CHUNKED + b"1;", b"b" * 10_000),
    "trailers": (CHUNKED + b"0\r\n", b"A: b\r\n" * 1000),
}


@pytest.mark.parametrize(("start", "more"), FLOODS.values(), ids=FLOODS.keys())
def test_a_flood_is_cut_off(run: Run, start: bytes, more: bytes) -> None:
    async def floods(peer: Peer) -> None:
        await peer.request()
        await peer.say(start)
        for _ in range(10_000):
            await peer.say(more)
        pytest.fail("somebody read it all")

    suffers(run, floods, lambda told: told == "the answer has over 100 headers, or 64 KB")


@pytest.mark.parametrize("extra", [OK, b"HTTP/1.1 500 No\r\n", b"\r\n\r\n", b"\0" * 100_000], ids=len)
def test_what_follows_an_answer_is_never_the_next_one(run: Run, extra: bytes) -> None:
    async def answers_twice(peer: Peer) -> None:
        while True:
            await peer.request()
            await peer.say(OK.replace(b"ok", b"%02d" % len(peer.server.requests)) + extra)

    async def story() -> None:
        async with Server(answers_twice) as server, client(per_host=1) as pypes:
            for number in range(1, 5):
                assert await told(pypes, server.url) == f"{number:02d}"

    run(story())


def test_one_byte_at_a_time_is_an_answer_too(run: Run) -> None:
    async def drips(peer: Peer) -> None:
        while True:
            await peer.request()
            for byte in (
                b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + CHUNKED + b"2\r\nok\r\n0\r\nA: b\r\n\r\n"
            ):
                await peer.say(bytes([byte]))
                await asyncio.sleep(0)

    suffers(run, drips, lambda told: told == "ok")


@pytest.mark.parametrize("head", [b"Content-Length: 100000000\r\n", b"", b"Transfer-Encoding: chunked\r\n"])
def test_a_hundred_megabytes_cost_no_more_memory_than_a_piece_in_flight(run: Run, head: bytes) -> None:
    chunk = b"10000\r\n" + b"a" * 65536 + b"\r\n" if b"chunked" in head else b"a" * 65536

    async def pours(peer: Peer) -> None:
        await peer.request()
        await peer.say(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n")
        for _ in range(1600):
            await peer.say(chunk)

    async def story() -> None:
        async with Server(pours) as server, client() as pypes:
            await told(pypes, server.url)
            tracemalloc.start()
            try:
                sent = [pypes.send(post(server.url)) for _ in range(4)]
                kept = [await one.outcome for one in sent]
                assert all(isinstance(one, Receipt) and len(one.body) == 4096 for one in kept)
                assert tracemalloc.get_traced_memory()[1] < 8_000_000  # both sides, four connections
            finally:
                tracemalloc.stop()

    run(story())
