"""Heads that are known: what is remembered, and what must be read every time."""

import pytest

from pypes.engine.sender.answer import Answer
from pypes.engine.sender.heads import END_OF_HEAD, LONGEST, MOST, Head, Heads

CLIP = 10
OK = b"HTTP/1.1 200 OK\r\n"
HELLO = OK + b"Content-Length: 5\r\n\r\nhello"


def learned(*answers: bytes, bodiless: bool = False) -> dict[bytes, Head]:
    heads = Heads(CLIP)
    for data in answers:
        for _ in range(2):
            answer = Answer(CLIP)
            answer.expect(bodiless=bodiless)
            answer.feed(data)
            start = data[: data.find(END_OF_HEAD) + len(END_OF_HEAD)]
            if answer.ready:
                heads.learn(start, len(data) - len(start), answer)
    return heads.known


def test_a_head_that_comes_once_is_not_remembered() -> None:
    heads, answer = Heads(CLIP), Answer(CLIP)
    answer.expect(bodiless=False)
    answer.feed(HELLO)
    heads.learn(HELLO[:-5], 5, answer)
    assert heads.known == {}
    heads.learn(HELLO[:-5], 5, answer)
    assert list(heads.known) == [HELLO[:-5]]


def test_the_head_of_a_whole_answer_is_remembered_with_what_it_means() -> None:
    head = b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nKeep-Alive: timeout=5\r\nContent-Length: 5\r\n\r\n"
    assert learned(head + b"hello") == {head: Head(503, 5, "7", 5)}


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_an_answer_without_a_body_has_a_head_too(status: bytes) -> None:
    (head,) = learned(b"HTTP/1.1 " + status + b"\r\nContent-Length: 5\r\n\r\n").values()
    assert head.length == 0


@pytest.mark.parametrize(
    "data",
    [
        OK + b"Connection: close\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        OK + b"\r\nhello",
        OK + b"Content-Length: 11\r\n\r\nhello world",
        OK + b"Content-Length: 6\r\n\r\nhello",
        HELLO + b"\r\n",
        HELLO + HELLO,
        b"\r\n" + HELLO,
        b"HTTP/1.1 100 Continue\r\n\r\n" + HELLO,
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + HELLO,
        OK + b"A: " + b"a" * LONGEST + b"\r\nContent-Length: 5\r\n\r\nhello",
    ],
)
def test_what_hangs_on_more_than_its_head_is_read_every_time(data: bytes) -> None:
    assert learned(data) == {}


def test_an_answer_to_head_teaches_nothing() -> None:
    assert learned(OK + b"Content-Length: 5\r\n\r\n", bodiless=True) == {}


def test_no_more_heads_are_remembered_than_there_is_room_for() -> None:
    answers = (OK + b"Date: %d\r\nContent-Length: 5\r\n\r\nhello" % second for second in range(5 * MOST + 1))
    assert len(learned(*answers)) == 1
