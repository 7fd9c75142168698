"""Reading answers: strict about what they are, indifferent to how they arrive."""

import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pypes.engine.sender.answer import HEAD_LIMIT, HEADERS_LIMIT, Answer

CLIP = 10
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def read(*pieces: bytes, bodiless: bool = False, closed: bool = False) -> Answer:
    answer = Answer(CLIP)
    answer.expect(bodiless=bodiless)
    for piece in pieces:
        if not answer.complaint and not answer.ready:
            answer.feed(piece)
    if closed and not answer.ready:
        answer.close()
    return answer


def told(answer: Answer) -> tuple[object, ...]:
    """What a receipt or a failure would say of it."""
    if answer.ready:
        return answer.status, answer.size, answer.clipped, answer.text(), answer.retry_after
    return (answer.complaint,)


def test_a_body_of_declared_length_is_read_to_its_end() -> None:
    answer = read(OK + b"Content-Length: 5\r\n\r\nhello")
    assert told(answer) == (200, 5, False, "hello", None)
    assert answer.ended
    assert answer.keep


def test_chunks_are_joined_and_trailers_are_not_headers() -> None:
    answer = read(CHUNKED + b"2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nRetry-After: 9\r\n\r\n")
    assert told(answer) == (200, 5, False, "hello", None)
    assert answer.keep


def test_an_answer_without_a_length_ends_with_the_connection() -> None:
    stream = OK + b"\r\nhello"
    assert not read(stream).ready
    answer = read(stream, closed=True)
    assert told(answer) == (200, 5, False, "hello", None)
    assert not answer.keep


@pytest.mark.parametrize("coding", [b"gzip", b"xchunked", b"chunked, gzip"])
def test_a_coding_that_is_not_chunked_ends_with_the_connection(coding: bytes) -> None:
    answer = read(OK + b"Transfer-Encoding: " + coding + b"\r\n\r\nhello", closed=True)
    assert told(answer) == (200, 5, False, "hello", None)


def test_a_closed_connection_does_not_complete_a_body_that_has_an_end() -> None:
    assert not read(OK + b"Content-Length: 5\r\n\r\nhell", closed=True).ready
    assert not read(CHUNKED + b"5\r\nhello\r\n", closed=True).ready


def test_a_long_body_of_known_length_is_ready_at_the_clip_size_and_not_clipped() -> None:
    answer = read(OK + b"Content-Length: 100\r\n\r\n" + b"a" * 11)
    assert told(answer) == (200, 100, False, "a" * 10, None)
    assert not answer.ended
    assert answer.remainder == 89


@pytest.mark.parametrize("body", [b"b\r\nhello world\r\n", b"b\r\nhello world\r\n0\r\n\r\n"])
def test_a_long_body_of_unknown_length_is_clipped_even_if_it_arrives_whole(body: bytes) -> None:
    assert told(read(CHUNKED + body)) == (200, 10, True, "hello worl", None)


def test_a_body_exactly_as_long_as_the_clip_size_is_not_clipped() -> None:
    assert told(read(CHUNKED + b"a\r\nhello worl\r\n0\r\n\r\n")) == (200, 10, False, "hello worl", None)


def test_a_letter_cut_in_half_by_the_clip_size_is_dropped() -> None:
    answer = read(OK + b"Content-Length: 12\r\n\r\n" + "123456789üx".encode())
    assert answer.text() == "123456789"


def test_what_is_not_utf8_is_replaced_and_nul_removed() -> None:
    assert read(OK + b"Content-Length: 5\r\n\r\na\xff\0b\xc3").text() == "a\ufffdb\ufffd"


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_answers_that_never_have_a_body_end_with_their_head(status: bytes) -> None:
    answer = read(b"HTTP/1.1 " + status + b"\r\nContent-Length: 5\r\n\r\n")
    assert told(answer) == (int(status[:3]), 0, False, "", None)
    assert answer.keep


@pytest.mark.parametrize(
    "headers", [b"Content-Length: 5\r\n", b"Content-Length: 0\r\n", b"Transfer-Encoding: chunked\r\n"]
)
def test_an_answer_to_head_ends_with_its_head_whatever_it_declares(headers: bytes) -> None:
    answer = read(OK + headers + b"\r\n", bodiless=True)
    assert told(answer) == (200, 0, False, "", None)
    assert answer.keep
    answer.expect(bodiless=False)
    answer.feed(OK + b"Content-Length: 2\r\n\r\nhi")
    assert told(answer) == (200, 2, False, "hi", None)


def test_a_body_after_the_head_of_an_answer_to_head_costs_the_connection() -> None:
    answer = read(OK + b"Content-Length: 2\r\n\r\nhi", bodiless=True)
    assert told(answer) == (200, 0, False, "", None)
    assert not answer.keep


def test_interim_answers_are_skipped_with_all_that_they_say() -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nRetry-After: 9\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
    assert told(read(early + OK + b"Content-Length: 2\r\n\r\nhi")) == (200, 2, False, "hi", None)


def test_a_declared_coding_before_the_last_does_not_hide_the_chunks() -> None:
    answer = read(OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
    assert told(answer) == (200, 2, False, "ok", None)


def test_of_two_codings_in_two_lines_the_last_one_decides() -> None:
    stream = OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n2\r\nok\r\n"
    assert not read(stream).ready
    assert told(read(stream, closed=True)) == (200, 7, False, "2\r\nok\r\n", None)


def test_chunks_from_a_server_of_http_1_0_are_read_and_the_connection_not_used_again() -> None:
    answer = read(b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
    assert told(answer) == (200, 2, False, "ok", None)
    assert not answer.keep


@pytest.mark.parametrize(
    ("hint", "kept_for"),
    [
        (b"timeout=5", 5),
        (b"timeout=5, max=100", 5),
        (b"max=100, Timeout = 15", 15),
        (b'timeout="7"', 7),
        (b"max=100", None),
        (b"mytimeout=5", None),
        (b"timeout=never", None),
    ],
)
def test_how_long_the_server_keeps_the_connection_is_noted(hint: bytes, kept_for: int | None) -> None:
    assert read(OK + b"Keep-Alive: " + hint + b"\r\nContent-Length: 0\r\n\r\n").kept_for == kept_for


def test_what_is_kept_of_a_body_is_no_more_than_the_clip_size() -> None:
    answer = Answer(CLIP)
    tracemalloc.start()
    try:
        answer.feed(OK + b"Content-Length: 1000000\r\n\r\n" + bytes(1_000_000))
        assert tracemalloc.get_traced_memory()[0] < 100_000
    finally:
        tracemalloc.stop()


def test_retry_after_is_passed_on_unless_it_can_mean_nothing() -> None:
    answer = read(b"HTTP/1.1 503 Busy\r\nRetry-After: " + b"1" * 65 + b"\r\nContent-Length: 0\r\n\r\n")
    assert told(answer) == (503, 0, False, "", None)


def test_retry_after_is_passed_on_as_it_was_sent() -> None:
    answer = read(b"HTTP/1.1 503 Busy\r\nretry-AFTER: 120\r\nContent-Length: 0\r\n\r\n")
    assert told(answer) == (503, 0, False, "", "120")


@pytest.mark.parametrize(
    ("stream", "keep"),
    [
        (OK + b"Content-Length: 0\r\n\r\n", True),
        (OK + b"Connection: close\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", True),
        (OK + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n", True),
    ],
)
def test_the_connection_is_kept_as_the_server_wishes(stream: bytes, *, keep: bool) -> None:
    assert read(stream).keep is keep


@pytest.mark.parametrize(
    "extra", [b"x", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]
)
def test_bytes_after_the_end_cost_the_connection_but_not_the_answer(extra: bytes) -> None:
    answer = read(OK + b"Content-Length: 2\r\n\r\nhi" + extra)
    assert told(answer) == (200, 2, False, "hi", None)
    assert not answer.keep


@pytest.mark.parametrize(
    "stream",
    [
        b"<html>",
        b"\x15\x03\x01\x00\x02\x02",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 000 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n",
        OK + b"Content-Length: 2, 2\r\n\r\n",
        OK + b"Content-Length: -2\r\n\r\n",
        OK + b"Content-Length: 99999999999999999999999\r\n\r\n",
        OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n",
        OK + b"Bad Name: x\r\n\r\n",
        OK + b"Folded: x\r\n y\r\n\r\n",
        CHUNKED + b"zz\r\n",
        CHUNKED + b"fffffffffffffffffff\r\n",
        CHUNKED + b"2\r\nhello\r\n",
        b"hello world, as HTTP/0.9 would",
        b"HTTP/0.9 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"http/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"ICY 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
        OK + b"Content-Length: 9223372036854775808\r\n\r\n",
        OK + b"Content-Length: +2\r\n\r\nok",
        OK + b"Content-Length: 0x2\r\n\r\nok",
        OK + b"Content-Length: 2 2\r\n\r\nok",
        OK + b"Content-Length: \r\n\r\n",
        OK + b"Content-Length:\r\n 2\r\n\r\nok",
        OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nok",
        OK + b"Content-Length: 2\r\nTransfer-Encoding: gzip\r\n\r\nok",
        OK + b"Content-Length: 2\r\n\nok",
        OK + b"Content-Length: 2\r\r\n\r\nok",
        OK + b"Transfer-Encoding : chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        OK + b"A: b\nContent-Length: 2\r\n\r\nok",
        OK + b"A: b\0c\r\n\r\n",
        OK + b"A: b\rc\r\n\r\n",
        OK + b" A: b\r\n\r\n",
        OK + b": b\r\n\r\n",
        CHUNKED + b"0x2\r\nok\r\n",
        CHUNKED + b"-2\r\nok\r\n",
        CHUNKED + b" 2\r\nok\r\n",
        CHUNKED + b"2\nok\n0\n\n",
        CHUNKED + b"2\r\nok0\r\n\r\n",
        CHUNKED + b'2;a="\r\nb"\r\nok\r\n',
        CHUNKED + b"2;a\nb\r\nok\r\n",
        CHUNKED + b"2\r\nok\r\n0\r\nContent-Length: 99\r\n\r\n",
    ],
)
def test_what_is_not_http_or_has_two_meanings_is_a_complaint(stream: bytes) -> None:
    answer = read(stream)
    assert not answer.ready
    assert answer.complaint is not None
    assert answer.complaint.startswith("the answer is not valid HTTP: ")


@pytest.mark.parametrize("upgrade", [b"", b"Connection: Upgrade\r\nUpgrade: websocket\r\n"])
def test_switching_protocols_is_a_complaint(upgrade: bytes) -> None:
    answer = read(b"HTTP/1.1 101 Switching Protocols\r\n" + upgrade + b"\r\n")
    assert answer.complaint == "the answer switches protocols, which nobody asked for"


FLOODS = {
    "too many headers": [OK] + [b"A: b\r\n"] * (HEADERS_LIMIT + 2),
    "too many bytes of headers": [OK] + [b"A: " + b"b" * 1000 + b"\r\n"] * (HEAD_LIMIT // 1000 + 3),
    "a header without an end": [OK + b"A: "] + [b"b" * 1000] * 200,
    "interim answers without an end": [b"HTTP/1.1 100 Continue\r\n\r\n"] * 10_000,
    "headers in interim answers": [b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"] * (HEADERS_LIMIT + 1),
    "too many trailers": [CHUNKED, b"0\r\n"] + [b"A: b\r\n"] * (HEADERS_LIMIT + 1),
    "a chunk extension without an end": [CHUNKED + b"1;"] + [b"b" * 1000] * 200,
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS.keys())
def test_floods_are_cut_off(flood: list[bytes]) -> None:
    assert read(*flood).complaint == "the answer has over 100 headers, or 64 KB"


STREAMS = [
    OK + b"Content-Length: 5\r\nRetry-After: 1\r\n\r\nhello",
    OK + b"Content-Length: 100\r\n\r\n" + b"hello" * 20,
    OK + b"Content-Length: 2\r\n\r\nhiHTTP/1.1 500 Smuggled\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK + b"Content-Length: 1\r\n\r\nx",
    CHUNKED + b"3;a=b\r\nabc\r\n4\r\ndefg\r\n0\r\nTrailer: x\r\n\r\n",
    CHUNKED + b"8\r\n" + "äöüß".encode() + b"\r\n8\r\n" + "äöüß".encode() + b"\r\n0\r\n\r\n",
    CHUNKED + b"5\r\nhello\r\nnonsense",
    CHUNKED + b"b\r\nhello world\r\nnonsense",
    OK + b"\r\nuntil the end",
    OK + b"\r\nshort",
    OK + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\nx",
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.0 200 OK\r\n\r\n\0\xff",
    b"garbage\r\n\r\n",
]


def pieces(stream: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted({cut % (len(stream) + 1) for cut in cuts}), len(stream)]
    return [stream[a:b] for a, b in pairwise(edges) if a < b]


@given(
    stream=st.sampled_from(STREAMS), cuts=st.lists(st.integers(0, 300), max_size=12), bodiless=st.booleans()
)
@example(stream=STREAMS[1], cuts=list(range(200)), bodiless=False)
def test_how_the_bytes_are_split_changes_nothing(stream: bytes, cuts: list[int], *, bodiless: bool) -> None:
    whole = read(stream, bodiless=bodiless, closed=True)
    assert told(read(*pieces(stream, cuts), bodiless=bodiless, closed=True)) == told(whole)


@given(st.binary(max_size=200), st.sampled_from([b"", OK, CHUNKED, OK + b"Content-Length: 9\r\n"]))
def test_no_bytes_at_all_can_make_reading_raise(noise: bytes, start: bytes) -> None:
    whole, dripped = (
        read(start + noise, closed=True),
        read(*pieces(start + noise, list(range(300))), closed=True),
    )
    assert told(whole) == told(dripped)
