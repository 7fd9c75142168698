"""Whatever arrives, however it is cut: one outcome for each request, no answer for two, nothing lost."""

import asyncio
from collections.abc import Iterator
from itertools import pairwise

import pytest
import uvloop
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pypes.receipt import Failure, Receipt

from .rig import Rig, answers_of
from .test_answer import STREAMS

PARTS = [
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.0 200 OK\r\n\r\n",
    b"Content-Length: 3\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Connection: close\r\n",
    b"\r\n",
    b"\n",
    b"3\r\nabc\r\n",
    b"0\r\n\r\n",
    b"a" * 5000,
    b"\0",
]
pieces = st.one_of(st.sampled_from(PARTS), st.binary(max_size=30))
acts = st.one_of(
    st.tuples(st.just("send"), st.sampled_from(["POST", "HEAD", "GET"])),
    st.tuples(st.just("say"), st.lists(pieces, min_size=1, max_size=4).map(b"".join)),
    st.tuples(st.just("end"), st.sampled_from([None, ConnectionResetError(), OSError(5, "odd")])),
    st.tuples(st.just("drop"), st.just(None)),
)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        yield runner


async def suffer(story: list[tuple[str, object]], which: list[int]) -> None:
    rig, at = Rig(per_host=2), iter(which)
    for act, what in story:
        if act == "send":
            rig.send(b"%d" % len(rig.outcomes), method=str(what))
        elif act == "drop":
            rig.sender.drop_idle()
        elif wires := rig.open_wires:
            wire = wires[next(at) % len(wires)]
            if act == "say":
                assert isinstance(what, bytes)
                wire.say(what)
            else:
                wire.end(what if isinstance(what, Exception) else None)
        await rig.settle()
        assert rig.most_open <= 2
    await rig.finish()


def test_any_bytes_and_ends_in_any_order_give_each_request_one_outcome(runner: asyncio.Runner) -> None:
    mishaps: list[object] = []
    runner.get_loop().set_exception_handler(lambda _, mishap: mishaps.append(mishap))

    @given(st.lists(acts, min_size=1, max_size=25), st.lists(st.integers(0, 1), min_size=25, max_size=25))
    def examine(story: list[tuple[str, object]], which: list[int]) -> None:
        runner.run(suffer([("send", "POST"), *story], which))
        assert mishaps == []

    examine()


def framed(body: bytes, how: str) -> bytes:
    """A valid answer."""
    if how == "length":
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    if how == "chunked":
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        return head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    if how == "interim":
        return b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + framed(body, "length")
    if how == "close":
        return b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    return b"HTTP/1.1 200 OK\r\n\r\n" + body


framings = st.sampled_from(["length", "length", "length", "chunked", "interim", "close", "end"])
extras = st.sampled_from([b"", b"", b"", b"\r\n", b"x", framed(b"stolen", "length"), framed(b"7", "chunked")])
manners = st.tuples(framings, extras, st.lists(st.integers(1, 90), max_size=3))


async def converse(manner: list[tuple[str, bytes, list[int]]]) -> None:
    """Answer every request with its own name, in all manners, with more than was asked for behind it."""
    rig = Rig(per_host=2)
    for number in range(len(manner)):
        rig.send(b"%d" % number)
    await rig.settle()
    left = iter(manner)
    while wire := next((wire for wire in rig.open_wires if wire.answered < len(wire.asked)), None):
        framing, extra, cuts = next(left, ("length", b"", []))
        name = wire.asked[wire.answered]
        wire.answered += 1
        stream = framed(name, framing)
        edges = [0, *sorted({cut for cut in cuts if cut < len(stream)}), len(stream)]
        said = [stream[a:b] for a, b in pairwise(edges)]
        for piece in [*said[:-1], said[-1] + (extra if framing != "end" else b"")]:
            wire.say(piece)
        if framing == "end":
            wire.end(None)
        await rig.settle()
    expected = {name: name.decode() for name in rig.outcomes}
    assert answers_of(rig) == expected
    await rig.finish()


@settings(max_examples=300, deadline=None)
@given(st.lists(manners, min_size=1, max_size=12))
@example([("length", b"", []), ("length", framed(b"stolen", "length"), []), ("length", b"", [])])
def test_no_request_gets_the_answer_to_another(
    runner: asyncio.Runner, manner: list[tuple[str, bytes, list[int]]]
) -> None:
    runner.run(converse(manner))


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("method", ["POST", "HEAD"])
def test_the_third_time_an_answer_comes_it_means_what_it_meant_the_first_time(
    runner: asyncio.Runner, stream: bytes, method: str
) -> None:
    async def story() -> None:
        rig = Rig(per_host=1)
        for name in b"1", b"2", b"3":
            rig.send(name, method=method)
            await rig.settle()
            wire = rig.open_wires[-1]
            wire.say(stream)
            await rig.settle()
            if not rig.outcomes[name]:
                wire.end(None)
            await rig.settle()
        first, second, third = (told(outcomes[0]) for outcomes in rig.outcomes.values())
        assert first == second == third
        await rig.finish()

    runner.run(story())


def told(outcome: Receipt | Failure) -> object:
    if isinstance(outcome, Failure):
        return outcome.message
    return outcome.status, outcome.bytes, outcome.clipped, outcome.body, outcome.retry_after


def test_an_answer_that_comes_before_its_request_has_left_is_not_taken_for_it(runner: asyncio.Runner) -> None:
    async def story() -> None:
        rig = Rig(per_host=1)
        rig.send(b"first")
        await rig.settle()
        (wire,) = rig.wires
        wire.say(framed(b"first", "length"))
        wire.unwritten = len(b"second")
        rig.send(b"second")
        wire.say(framed(b"late", "length"))
        await rig.settle()
        (_, fresh) = rig.wires
        assert fresh.asked == [b"second"]
        fresh.say(framed(b"second", "length"))
        assert answers_of(rig) == {b"first": "first", b"second": "second"}
        await rig.finish()

    runner.run(story())


def test_a_head_that_is_known_from_a_post_has_no_body_in_answer_to_head(runner: asyncio.Runner) -> None:
    async def story() -> None:
        rig = Rig(per_host=1)
        for name, method, said in (
            (b"1", "POST", framed(b"hello", "length")),
            (b"2", "HEAD", framed(b"hello", "length").removesuffix(b"hello")),
            (b"3", "HEAD", framed(b"hello", "length")),
        ):
            rig.send(name, method=method)
            await rig.settle()
            rig.open_wires[0].say(said)
        assert answers_of(rig) == {b"1": "hello", b"2": "", b"3": ""}
        assert len(rig.wires) == 1
        assert not rig.open_wires, "who sends a body after the head of an answer to HEAD cannot be trusted"
        await rig.finish()

    runner.run(story())


def test_bytes_on_an_idle_connection_close_it(runner: asyncio.Runner) -> None:
    async def story() -> None:
        rig = Rig(per_host=1)
        rig.send(b"1")
        await rig.settle()
        rig.wires[0].say(framed(b"1", "length"))
        rig.wires[0].say(framed(b"stolen", "length"))
        rig.send(b"2")
        await rig.settle()
        rig.wires[1].say(framed(b"2", "length"))
        assert answers_of(rig) == {b"1": "1", b"2": "2"}
        await rig.finish()

    runner.run(story())
