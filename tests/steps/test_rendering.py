"""Webhooks with templates and secrets: rendered for each attempt, and nothing secret is told."""

import base64
from pathlib import Path
from typing import Any

import msgspec
import pytest
from standardwebhooks import Webhook as Verifier

from conftest import NOON
from making import failure, receipt
from pypes.clock import SECOND, SystemClock
from pypes.decoding import decode
from pypes.errors import InvalidInput
from pypes.receipt import Failure, Receipt
from pypes.request import Request
from pypes.secrets import Revealed, Secrets
from pypes.steps.call import Call
from pypes.steps.rendering import Private, Unrendered, ready
from pypes.steps.webhook import Webhook

KEYS = {
    "PYPES_SECRET_HOOK": "https://hooks.example.com/T0/B0/xyz",
    "PYPES_SECRET_TOKEN": "s3cr3t&token",
    "PYPES_SECRET_OLD": "whsec_" + base64.b64encode(b"old key " * 4).decode(),
    "PYPES_SECRET_NEW": base64.b64encode(b"new key " * 4).decode(),
    "PYPES_SECRET_ODD": "not base64!",
}


TOKEN = "env:PYPES_SECRET_TOKEN"


def webhook(**fields: Any) -> Webhook:
    given = {"type": "webhook", "url": "https://example.com/hook", **fields}
    step: Webhook = decode(msgspec.json.encode(given), Webhook)
    step.check()
    return step


def rendered(context: dict[str, Any] | None = None, by_hand: str | None = None, **fields: Any) -> Private:
    call = ready(webhook(**fields))
    assert isinstance(call, Unrendered)
    return call.render(context or {}, Revealed(Secrets(Path("/nowhere"), environment=KEYS)), by_hand)


def sent(call: Call, now: int = NOON) -> tuple[dict[str, str], bytes]:
    """The headers, the request line under "", and the body of a request."""
    request = call.request(run_id="id", attempt=1, slot=NOON, now=now)
    head, _, body = request.data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return {"": first} | dict(line.split(": ", 1) for line in lines), body


def test_a_webhook_without_templates_and_secrets_is_ready_once_for_all_its_runs() -> None:
    assert type(ready(webhook(payload={"a": "{%"}, headers={"X": "}}"}))) is Call


def test_address_headers_and_payload_are_rendered() -> None:
    call = rendered(
        {"input": {"id": "a/b", "n": 3}, "agent": "reader"},
        url="https://example.com/{{ input.id }}?n={{ input.n }}",
        headers={
            "X-Agent": "{{ agent }} {{ input.n }}",
            "Authorization": "{{ secret('env:PYPES_SECRET_TOKEN') }}",
        },
        payload={"n": "{{ input.n }}", "text": "for {{ agent }}"},
    )
    headers, body = sent(call)
    assert headers[""] == "POST /a%2Fb?n=3 HTTP/1.1"
    assert (headers["X-Agent"], headers["Authorization"]) == ("reader 3", "s3cr3t&token")
    assert body == b'{"n":3,"text":"for reader"}'
    assert headers["Content-Length"] == str(len(body))


def test_a_whole_address_may_be_a_secret() -> None:
    call = rendered(url="{{ secret('env:PYPES_SECRET_HOOK') }}")
    headers, _ = sent(call)
    assert (headers["Host"], headers[""]) == ("hooks.example.com", "POST /T0/B0/xyz HTTP/1.1")


def test_a_payload_given_by_hand_is_sent_as_it_is() -> None:
    _, body = sent(rendered({}, '{ "a": "{{ x }}" }', payload={"a": "{{ input }}"}))
    assert body == b'{ "a": "{{ x }}" }'


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"url": "https://example.com/{{ missing }}"}, "$.url"),
        ({"headers": {"X-A": "{{ missing }}"}}, "$.headers.X-A"),
        ({"headers": {"X-A": "{{ input }}"}}, "$.headers.X-A"),
        ({"payload": ["{{ missing }}"]}, "$.payload"),
        ({"url": "{{ secret('env:PYPES_SECRET_TOKEN') }}"}, "$.url"),
        ({"secret": "env:PYPES_SECRET_ODD"}, "$.secret"),
        ({"secret": "file:nothing"}, "$.secret"),
    ],
)
def test_what_cannot_be_rendered_names_its_place_and_no_secret(fields: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        rendered({"input": "a\r\nX-Evil: 1"}, **fields)
    assert caught.value.path == path
    assert not any(value in caught.value.message for value in KEYS.values())


def test_the_address_is_judged_after_rendering() -> None:
    secrets = Secrets(Path("/nowhere"), environment={"PYPES_SECRET_X": "http://169.254.169.254/latest"})
    call = ready(webhook(url="{{ secret('env:PYPES_SECRET_X') }}"))
    assert isinstance(call, Unrendered)
    with pytest.raises(InvalidInput, match="never a target"):
        call.render({}, Revealed(secrets))


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"url": "https://{{ input.host }}/"}, "$.url"),
        ({"url": "http://169.254.169.254/{{ input.id }}"}, "$.url"),
        ({"url": "https://example.com/{{ input"}, "$.url"),
        ({"headers": {"X-A": "{{ a b }}"}}, "$.headers.X-A"),
        ({"headers": {"host": "{{ input.host }}"}}, "$.headers.host"),
        ({"payload": {"a": [1, "{{ }}"]}}, "$.payload.a[1]"),
        ({"payload": {"a": "{{ secret('slack') }}"}}, "$.payload.a"),
        ({"secret": "whsec_abc"}, "$.secret"),
        ({"secret": ["file:a", "../b"]}, "$.secret[1]"),
        ({"headers": {"Webhook-Signature": "v1,x"}}, "$.headers.Webhook-Signature"),
    ],
)
def test_mistakes_are_found_when_saved(fields: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        webhook(**fields)
    assert caught.value.path == path


def test_unknown_names_are_only_doubtful() -> None:
    (doubt,) = webhook(payload={"a": ["{{ inptus }}"]}).doubts()
    assert doubt.path == "$.payload.a[0]"
    assert "did you mean `inputs`" in doubt.sentence


@pytest.mark.parametrize(
    "names", [["env:PYPES_SECRET_OLD"], ["env:PYPES_SECRET_OLD", "env:PYPES_SECRET_NEW"]]
)
def test_signatures_are_those_of_standard_webhooks(names: list[str]) -> None:
    now = SystemClock().now()
    secret = names[0] if len(names) == 1 else names
    call = rendered({"input": {"é": 1}}, secret=secret, payload={"a": "{{ input }}"})
    headers, body = sent(call, now)
    assert headers["webhook-signature"].count("v1,") == len(names)
    for name in names:
        assert Verifier(KEYS[name.removeprefix("env:")]).verify(body, headers) == {"a": {"é": 1}}


def test_a_signature_is_made_for_each_attempt_anew() -> None:
    call = rendered(secret="env:PYPES_SECRET_NEW", payload={"plain": 1})
    first, second = sent(call, NOON)[0], sent(call, NOON + SECOND)[0]
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-signature"] != second["webhook-signature"]


def test_a_request_without_a_body_is_signed_too() -> None:
    now = SystemClock().now()
    call = rendered(secret="env:PYPES_SECRET_NEW", method="GET")
    headers, body = sent(call, now)
    assert body == b""
    signed = dict(headers)
    key = base64.b64decode(KEYS["PYPES_SECRET_NEW"])
    verifier = Verifier(key)
    assert signed["webhook-signature"] == verifier.sign("id", _when(now), "")


def _when(now: int) -> Any:
    from datetime import UTC, datetime  # noqa: PLC0415 - only the oracle wants one

    return datetime.fromtimestamp(now // SECOND, UTC)


def test_what_was_looked_up_is_masked_in_answers_and_failures() -> None:
    call = rendered(headers={"X-Key": "{{ secret('env:PYPES_SECRET_TOKEN') }}"})
    answer = call.judge(receipt(NOON, body="you said s3cr3t&token and s3cr3t%26token"))
    assert isinstance(answer, Receipt)
    assert answer.body == "you said *** and ***"
    refused = call.judge(receipt(NOON, status=500, body="bad s3cr3t&token"))
    assert isinstance(refused, Failure)
    assert refused.message.endswith("500: bad ***")
    assert refused.receipt is not None
    assert refused.receipt.body == "bad ***"
    lost = call.judge(msgspec.structs.replace(failure(NOON), message="no s3cr3t&token"))
    assert isinstance(lost, Failure)
    assert lost.message == "no ***"


def test_a_secret_that_was_cut_at_the_end_of_an_answer_is_masked() -> None:
    call = rendered(headers={"X-Key": "{{ secret('env:PYPES_SECRET_TOKEN') }}"})
    answer = call.judge(receipt(NOON, body="x s3cr3t&to", clipped=True))
    assert isinstance(answer, Receipt)
    assert answer.body == "x ***"


@pytest.mark.parametrize(
    ("fields", "echo"),
    [
        ({"headers": {"Authorization": "Bearer demo-token"}}, "demo-token"),
        ({"headers": {"X-Api-Key": "demo-token"}}, "demo-token"),
        ({"url": "https://user:demo-token@example.com/"}, "demo-token"),
        ({"url": "https://user:demo-token@example.com/"}, base64.b64encode(b"user:demo-token").decode()),
        ({"url": "https://example.com/?api_key=demo-token&x=1"}, "demo-token"),
    ],
)
def test_literal_secrets_are_sent_as_typed_and_masked_in_answers(fields: dict[str, Any], echo: str) -> None:
    call = ready(webhook(**fields))
    assert isinstance(call, Private)
    answer = call.judge(receipt(NOON, body=f"<{echo}>"))
    assert isinstance(answer, Receipt)
    assert answer.body == "<***>"


def test_a_key_of_idempotency_is_no_secret() -> None:
    assert type(ready(webhook(headers={"Idempotency-Key": "abcdef"}))) is Call
    assert type(ready(webhook(headers={"X-Key": "abcdef"}))) is Private


def test_a_signed_request_differs_from_a_plain_one_by_its_signature_alone() -> None:
    plain = ready(webhook(payload={"a": 1})).request(run_id="id", attempt=1, slot=NOON, now=NOON)
    signed = rendered(secret="env:PYPES_SECRET_NEW", payload={"a": 1}).request(
        run_id="id", attempt=1, slot=NOON, now=NOON
    )
    lines = [line for line in signed.data.split(b"\r\n") if not line.startswith(b"webhook-signature")]
    assert msgspec.structs.replace(signed, data=b"\r\n".join(lines)) == plain
    assert isinstance(plain, Request)


def test_a_large_payload_is_sent_as_it_is_or_has_no_templates() -> None:
    large = ["x" * 300_000]
    assert webhook(payload=large).payload is not msgspec.UNSET
    with pytest.raises(InvalidInput, match="at most 262144 bytes; one without is sent as it is") as refused:
        webhook(payload=[*large, "{{ input }}"])
    assert refused.value.path == "$.payload"
