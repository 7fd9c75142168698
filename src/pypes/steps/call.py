"""Call: a webhook that lacks only a run's own headers; how its answers are judged and tried again.

The request is rendered to bytes once; each attempt adds its own lines.
"""

import base64
from email.utils import parsedate_to_datetime
from functools import lru_cache

import msgspec

from pypes import __version__
from pypes.clock import DAY, SECOND
from pypes.instants import format_instant, from_datetime, parse_duration
from pypes.receipt import Failure, Outcome, Receipt
from pypes.request import Origin, Request
from pypes.steps.statuses import parse_statuses
from pypes.steps.webhook import Webhook
from pypes.url import split_url

LONGEST_WAIT = DAY
"""`Retry-After` is honoured up to a day."""
SHOWN_BODY = 200
"""Characters of an answer in the reason of a failure."""
RETRYABLE_STATUSES = frozenset({408, 425, 429})
"""Besides 5xx: the statuses by which a receiver says "not now"."""


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


_duration = lru_cache(maxsize=1024)(parse_duration)
_split_url = lru_cache(maxsize=4096)(split_url)
_statuses = lru_cache(maxsize=1024)(parse_statuses)
