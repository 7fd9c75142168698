"""Webhooks: what can be saved, and the bytes that are sent."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import NOON
from making import receipt
from pypes.clock import SECOND
from pypes.errors import InvalidInput
from pypes.steps.rendering import ready
from pypes.steps.webhook import Webhook

RUN = "00000000000000feedfacefeedface"


def webhook(url: str = "http://example.com/hook", **fields: Any) -> Webhook:
    made: Webhook = msgspec.json.decode(
        msgspec.json.encode({"type": "webhook", "url": url} | fields), type=Webhook
    )
    made.check()
    return made


def sent(
    url: str = "http://example.com/hook", *, attempt: int = 1, **fields: Any
) -> tuple[str, dict[str, str], bytes]:
    """The request line, the headers by their names as sent, and the body."""
    request = ready(webhook(url, **fields)).request(run_id=RUN, attempt=attempt, slot=NOON, now=NOON)
    head, _, content = request.data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert len(headers) == len(lines)
    return first, headers, content


def test_a_webhook_posts_an_empty_object_unless_told_otherwise() -> None:
    first, headers, content = sent()
    assert first == "POST /hook HTTP/1.1"
    assert content == b"{}"
    assert headers["Host"] == "example.com"
    assert headers["Content-Length"] == "2"
    assert headers["Content-Type"] == "application/json"


def test_every_attempt_names_its_run_its_number_and_its_slot() -> None:
    _, headers, _ = sent(attempt=2)
    assert headers["webhook-id"] == RUN
    assert headers["webhook-timestamp"] == str(NOON // SECOND)
    assert headers["pypes-attempt"] == "2"
    assert headers["pypes-slot"] == "2026-05-03T12:00:00Z"
    assert headers["pypes-run"] == RUN


@pytest.mark.parametrize(
    "payload", ['{"b":1.0,  "a":1e2}', "null", '"→"', "[]", "12345678901234567890", "false"]
)
def test_a_payload_is_sent_byte_for_byte_as_it_was_typed(payload: str) -> None:
    text = f'{{"type":"webhook","url":"http://x/","payload":{payload}}}'
    request = ready(msgspec.json.decode(text, type=Webhook)).request(run_id=RUN, attempt=1, slot=0, now=0)
    head, _, content = request.data.partition(b"\r\n\r\n")
    assert content == payload.encode()
    assert f"Content-Length: {len(payload.encode())}".encode() in head


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_only_asks_has_no_body_unless_it_is_given(method: str) -> None:
    first, headers, content = sent(method=method)
    assert first.startswith(method)
    assert content == b""
    assert "Content-Length" not in headers
    assert sent(method=method, payload=1)[2] == b"1"


def test_headers_given_take_the_place_of_ours_in_any_case() -> None:
    _, headers, _ = sent(headers={"content-type": "text/x", "USER-AGENT": "me", "host": "other", "X-A": "é"})
    assert headers["content-type"] == "text/x"
    assert headers["USER-AGENT"] == "me"
    assert headers["host"] == "other"
    assert not {"Content-Type", "User-Agent", "Host"} & set(headers)


def test_user_info_becomes_basic_authorization_and_is_masked_where_it_is_shown() -> None:
    _, headers, _ = sent("http://joe:s%40cret@example.com/")
    assert headers["Authorization"].startswith("Basic ")
    assert "joe" not in "".join(f"{name}{value}" for name, value in headers.items())
    assert webhook("http://joe:secret@example.com/x").target == "http://***@example.com/x"


def test_an_authorization_that_is_given_wins_over_user_info() -> None:
    _, headers, _ = sent("http://joe:secret@example.com/", headers={"authorization": "Bearer t"})
    assert headers["authorization"] == "Bearer t"
    assert "Authorization" not in headers


def refusal(**fields: Any) -> str:
    with pytest.raises(InvalidInput) as refused:
        webhook(**fields)
    assert refused.value.path is not None
    return refused.value.path


@pytest.mark.parametrize(
    "name",
    [
        "Content-Length",
        "transfer-encoding",
        "CONNECTION",
        "Keep-Alive",
        "TE",
        "Trailer",
        "Upgrade",
        "Expect",
        "Proxy-Authorization",
        "proxy-x",
        "webhook-id",
        "Webhook-Timestamp",
        "pypes-attempt",
        "Pypes-Slot",
    ],
)
def test_headers_that_frame_the_message_are_refused(name: str) -> None:
    assert refusal(headers={name: "1"}) == f"$.headers.{name}"


@pytest.mark.parametrize("name", ["", " ", "a b", "a:", "a\r\nb", "é", "a\x00", "(a)", "a\t"])
def test_what_is_no_header_name_is_refused(name: str) -> None:
    refusal(headers={name: "1"})


@pytest.mark.parametrize("value", ["a\r\nEvil: 1", "a\nb", "a\rb", "a\x00", "\x7f", "\x1b[0m"])
def test_a_header_value_cannot_smuggle_another_line(value: str) -> None:
    assert refusal(headers={"X-A": value}) == "$.headers.X-A"


def test_a_header_given_twice_in_other_cases_is_refused() -> None:
    refusal(headers={"X-A": "1", "x-a": "2"})


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"method": "get"}, "$.method"),
        ({"method": "CONNECT"}, "$.method"),
        ({"method": "POST /x HTTP/1.1\r\n"}, "$.method"),
        ({"timeout": "0s"}, "$.timeout"),
        ({"timeout": "61m"}, "$.timeout"),
        ({"timeout": "soon"}, "$.timeout"),
        ({"timeout": "9" * 400 + "s"}, "$.timeout"),
        ({"retry": {"attempts": 0}}, "$.retry.attempts"),
        ({"retry": {"attempts": 21}}, "$.retry.attempts"),
        ({"retry": {"backoff": "x"}}, "$.retry.backoff"),
        ({"retry": {"max_backoff": ""}}, "$.retry.max_backoff"),
        ({"success": ""}, "$.success"),
        ({"success": "200-"}, "$.success"),
        ({"success": "299-200"}, "$.success"),
        ({"success": "99"}, "$.success"),
        ({"success": "600"}, "$.success"),
        ({"success": "2xx"}, "$.success"),
        ({"url": "http://a b/"}, "$.url"),
        ({"url": "javascript:alert(1)"}, "$.url"),
        ({"url": "http://x:0/"}, "$.url"),
        ({"url": "http://x/\r\nHost: evil"}, "$.url"),
        ({"url": ""}, "$.url"),
    ],
)
def test_what_cannot_be_sent_is_refused_where_it_stands(fields: dict[str, Any], path: str) -> None:
    assert refusal(**fields) == path


def answers(status: int, **fields: Any) -> bool:
    """Whether an answer of this status is a success."""
    outcome = receipt(NOON, status=status)
    return ready(webhook(**fields)).judge(outcome) is outcome


def test_only_2xx_is_a_success_unless_others_are_listed() -> None:
    assert [status for status in range(100, 600) if answers(status)] == list(range(200, 300))
    listed = [status for status in range(100, 600) if answers(status, success=" 200 - 204, 304")]
    assert listed == [200, 201, 202, 203, 204, 304]


@given(
    st.dictionaries(
        st.from_regex(r"\AX-[a-z0-9]{1,8}\Z"),
        st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=["Cs", "Cc"])),
        max_size=4,
    )
)
def test_whatever_headers_are_accepted_the_message_keeps_its_frame(headers: dict[str, str]) -> None:
    request = ready(webhook(headers=headers)).request(run_id=RUN, attempt=1, slot=NOON, now=NOON)
    head, _, content = request.data.partition(b"\r\n\r\n")
    assert content == b"{}"
    names = [line.split(b":")[0] for line in head.split(b"\r\n")[1:]]
    assert len(names) == 5 + 5 + len(headers)
