"""Webhook: one HTTP request; an answer of 2xx (or what `success` lists) is a success.

Delivery is at least once: `webhook-id` is the run's id, the same on every attempt, and is what a receiver
deduplicates by (the header names are those of Standard Webhooks 1.0).
"""

import base64
import json
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from pypes import __version__
from pypes.address import AddressRules
from pypes.clock import SECOND
from pypes.decoding import check_json
from pypes.errors import InvalidInput, MalformedJson
from pypes.instants import format_instant, from_datetime, parse_duration
from pypes.receipt import Failure, Outcome, Receipt
from pypes.request import Origin, Request
from pypes.secrets import parse_reference
from pypes.steps.headers import check_headers
from pypes.steps.remembering import check_state, value_of
from pypes.steps.retrying import Retry
from pypes.steps.statuses import parse_statuses
from pypes.template import (
    Doubt,
    check_address,
    check_template,
    has_templates,
    is_template,
    names_in,
    references_in,
)
from pypes.url import masked, split_url

T = TypeVar("T")

METHODS = ("POST", "PUT", "PATCH", "DELETE", "GET", "HEAD")
LONGEST_WAIT = 86_400 * SECOND
"""`Retry-After` is honoured up to a day."""
SHOWN_BODY = 200
LONGEST_TIMEOUT = 3600 * SECOND
RETRYABLE_STATUSES = frozenset({408, 425, 429})
"""Besides 5xx: the statuses by which a receiver says "not now"."""


class Webhook(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True, tag="webhook"
):
    """A webhook as it is written in an agent's actions."""

    url: str
    headers: dict[str, str] = {}
    payload: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    """Any JSON, sent byte for byte as it was typed; `{}` when absent."""
    method: str = "POST"
    timeout: str = "15s"
    retry: Retry = Retry()
    success: str = "200-299"
    secret: str | tuple[str, ...] | None = None
    """Where the secret lies that signs each request; several while one takes the place of another."""
    when: str | None = None
    """In a sequence: a condition; where it is false, the run ends silently."""
    state: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    """In a sequence: JSON that replaces the agent's state if the run succeeds; `output` is the answer."""
    id: str | None = None

    def check(self) -> None:
        """Raise `InvalidInput` with the place of the first thing that cannot be sent."""
        if self.when is not None:
            raise InvalidInput("`when` stands on a step of a sequence, or on the trigger", "$.when")
        if self.state is not msgspec.UNSET:
            raise InvalidInput("`state` stands on a step of a sequence", "$.state")
        self.check_as_step()

    def check_as_step(self) -> None:
        """Raise `InvalidInput` for what cannot be sent in a sequence either."""
        _at("url", _check_written_url, self.url)
        if self.method not in METHODS:
            raise InvalidInput(f"`{self.method}` is not a method: one of {', '.join(METHODS)}", "$.method")
        if not 1000 <= _at("timeout", _duration, self.timeout) <= LONGEST_TIMEOUT:
            raise InvalidInput(f"`{self.timeout}` is not between 1ms and 1h", "$.timeout")
        self.retry.check()
        _at("success", _statuses, self.success)
        check_headers(self.headers)
        for index, reference in enumerate(self.signing_references):
            _at("secret" if isinstance(self.secret, str) else f"secret[{index}]", parse_reference, reference)
        if not isinstance(self.payload, msgspec.UnsetType):
            try:
                check_json(self.payload)
            except MalformedJson as error:
                raise InvalidInput(error.message, "$.payload") from None
        self.doubts()

    def doubts(self) -> list[Doubt]:
        """What its templates say that may not be meant; raise `InvalidInput` for one that cannot be read."""
        if not self.has_templates:
            return check_state(self.state)
        texts = {"url": self.url, "headers": self.headers, "payload": self.document}
        doubts = check_template(texts)
        for path, reference in references_in(texts):
            _at(path.removeprefix("$."), parse_reference, reference)
        return doubts + check_state(self.state)

    @property
    def texts(self) -> Any:
        """All that may hold templates, as JSON."""
        return [self.url, dict(self.headers), self.document, value_of(self.state)]

    @property
    def document(self) -> Any:
        """The payload's JSON, where it has templates; None where it is sent as it is."""
        if isinstance(self.payload, msgspec.UnsetType) or not has_templates(bytes(self.payload).decode()):
            return None
        return json.loads(bytes(self.payload))

    @property
    def signing_references(self) -> tuple[str, ...]:
        """Where the secrets lie that sign."""
        return (self.secret,) if isinstance(self.secret, str) else self.secret or ()

    @property
    def has_templates(self) -> bool:
        """Whether something in it is rendered."""
        if is_template(self.url) or any(map(is_template, self.headers.values())):
            return True
        return self.payload is not msgspec.UNSET and has_templates(bytes(self.payload).decode())

    @property
    def uses_secrets(self) -> bool:
        """Whether it looks up any."""
        return bool(self.signing_references) or "secret" in names_in(self.texts)

    @property
    def is_rendered(self) -> bool:
        """Whether every run has a request of its own: there are templates, or it is signed."""
        return self.has_templates or bool(self.signing_references)

    def ready(self) -> "Call":
        """Do once what every run of this webhook shares."""
        from pypes.steps.rendering import Private, Unrendered, literal_secrets  # noqa: PLC0415 - it builds on this

        if self.is_rendered:
            return Unrendered(self)
        hidden = literal_secrets(self)
        return Private(self, hidden=hidden) if hidden else Call(self)

    @property
    def target(self) -> str:
        """Where it goes, as logs show it."""
        return masked(self.url)

    @property
    def longest(self) -> int:
        """How long one attempt may take, in microseconds."""
        return _duration(self.timeout)


class Call:
    """A webhook of which only the run's own headers are missing."""

    def __init__(self, webhook: Webhook) -> None:
        self._webhook = webhook
        self.origin: Origin
        self.origin, target, host, user = _split_url(webhook.url)
        self.method = webhook.method
        self.timeout = _duration(webhook.timeout)
        self.attempts = webhook.retry.attempts
        self._backoff = _duration(webhook.retry.backoff)
        self._max_backoff = _duration(webhook.retry.max_backoff)
        self._success = _statuses(webhook.success)
        self._body = _body_of(webhook)
        self._head = self._render_head(webhook, target, host, user)

    def _render_head(self, webhook: Webhook, target: str, host: str, user: str | None) -> bytes:
        headers = {"Host": host, "User-Agent": f"pypes/{__version__}", "Accept": "*/*"}
        if self._body is not None:
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(self._body))}
        if user is not None:
            headers["Authorization"] = "Basic " + base64.b64encode(user.encode()).decode()
        given = {name.lower() for name in webhook.headers}
        headers = {name: value for name, value in headers.items() if name.lower() not in given}
        lines = [f"{name}: {value}\r\n" for name, value in (headers | webhook.headers).items()]
        return f"{webhook.method} {target} HTTP/1.1\r\n{''.join(lines)}".encode()

    def request(
        self, *, run_id: str, attempt: int, slot: int, now: int, payload: str | None = None
    ) -> Request:
        """Give the bytes of one attempt; `now` becomes `webhook-timestamp` (whole seconds).

        `payload` is sent in place of the webhook's own.
        """
        if payload is not None:
            return self._with(payload).request(run_id=run_id, attempt=attempt, slot=slot, now=now)
        own = (
            f"webhook-id: {run_id}\r\nwebhook-timestamp: {now // SECOND}\r\n"
            f"pypes-attempt: {attempt}\r\npypes-slot: {format_instant(slot)}\r\n"
            f"pypes-run: {run_id.partition('-')[0]}\r\n\r\n"  # a step's id is its run's and a number
        )
        data = b"".join((self._head, own.encode(), self._body or b""))
        return Request(origin=self.origin, data=data, timeout=self.timeout, method=self.method)

    def _with(self, payload: str) -> "Call":
        return Call(msgspec.structs.replace(self._webhook, payload=msgspec.Raw(payload.encode())))

    def judge(self, said: Outcome) -> Outcome:
        """Decide whether an answer is a success; one that is not becomes a `Failure` that holds it."""
        if isinstance(said, Failure) or said.status in self._success:
            return said
        status = said.status
        return Failure(
            message=f"webhook returned non-success status {status}: {_short(said.body)}".removesuffix(": "),
            retryable=status in RETRYABLE_STATUSES or 500 <= status <= 599,
            started=said.started,
            finished=said.finished,
            timing=said.timing,
            receipt=said,
        )

    def retry_delay(self, failure: Failure, *, attempt: int, spread: float) -> int:
        """Microseconds to wait after `attempt` (1 = the first) failed; `spread` in 0..1 is its jitter.

        Exponential, between 80 % and 120 % of the nominal wait, and never sooner than `Retry-After`.
        """
        nominal = min(self._backoff << (attempt - 1), self._max_backoff)
        jittered = int(nominal * (0.8 + 0.4 * spread))
        return max(jittered, min(_asked_wait(failure.receipt, failure.finished), LONGEST_WAIT))


def _short(body: str) -> str:
    """The beginning of an answer, for a message; the attempt keeps more of it."""
    return body if len(body) <= SHOWN_BODY else body[:SHOWN_BODY] + "…"


def _body_of(webhook: Webhook) -> bytes | None:
    if webhook.payload is not msgspec.UNSET:
        return bytes(webhook.payload)
    return None if webhook.method in {"GET", "HEAD"} else b"{}"


def _asked_wait(receipt: Receipt | None, now: int) -> int:
    """Read `Retry-After` as microseconds: whole seconds or an HTTP date (RFC 9110 §10.2.3)."""
    if receipt is None or receipt.retry_after is None:
        return 0
    asked = receipt.retry_after.strip()
    if asked.isascii() and asked.isdigit():
        return int(asked[:9]) * SECOND
    try:
        return max(0, from_datetime(parsedate_to_datetime(asked)) - now)
    except (ValueError, TypeError, OverflowError, IndexError):
        return 0


@lru_cache(maxsize=1024)
def check_url(url: str) -> None:
    """Refuse at once what no setting will ever allow; the rest is judged by what the name resolves to."""
    origin, *_ = split_url(url)
    AddressRules(allow_private=True).check_host(origin.host)


def _check_written_url(url: str) -> None:
    """Of a URL with templates, what is literal is judged now, and the whole once it is rendered."""
    literal = check_address(url) if is_template(url) else url
    if literal is not None:
        check_url(literal)


def _at(field: str, read: Callable[[str], T], text: str) -> T:
    try:
        return read(text)
    except InvalidInput as error:
        raise InvalidInput(error.message, f"$.{field}") from None


_duration = lru_cache(maxsize=1024)(parse_duration)
_split_url = lru_cache(maxsize=4096)(split_url)
_statuses = lru_cache(maxsize=1024)(parse_statuses)
