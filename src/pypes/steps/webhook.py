"""Webhook: one HTTP request; an answer of 2xx (or what `success` lists) is a success.

Delivery is at least once: `webhook-id` is the run's id, the same on every attempt, and is what a receiver
deduplicates by (the header names are those of Standard Webhooks 1.0).
"""

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from pypes.address import AddressRules
from pypes.clock import SECOND
from pypes.decoding import check_json
from pypes.errors import InvalidInput, MalformedJson
from pypes.instants import parse_duration
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
W = TypeVar("W")

METHODS = ("POST", "PUT", "PATCH", "DELETE", "GET", "HEAD")
LARGEST_RENDERED = 256 * 1024
"""Bytes of a payload with templates: it is read anew for each run."""
LONGEST_TIMEOUT = 3600 * SECOND


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
        _at("payload", _check_size, b"" if isinstance(self.payload, msgspec.UnsetType) else self.payload)
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

    @property
    def target(self) -> str:
        """Where it goes, as logs show it."""
        return masked(self.url)

    @property
    def longest(self) -> int:
        """How long one attempt may take, in microseconds."""
        return _duration(self.timeout)


@lru_cache(maxsize=1024)
def check_url(url: str) -> None:
    """Refuse at once what no setting will ever allow; the rest is judged by what the name resolves to."""
    origin, *_ = split_url(url)
    AddressRules(allow_private=True).check_host(origin.host)


def _check_size(payload: bytes | msgspec.Raw) -> None:
    written = bytes(payload)
    if len(written) > LARGEST_RENDERED and has_templates(written.decode()):
        raise InvalidInput(
            f"a payload with templates has at most {LARGEST_RENDERED} bytes; one without is sent as it is"
        )


def _check_written_url(url: str) -> None:
    """Of a URL with templates, what is literal is judged now, and the whole once it is rendered."""
    literal = check_address(url) if is_template(url) else url
    if literal is not None:
        check_url(literal)


def _at(field: str, read: Callable[[W], T], written: W) -> T:
    try:
        return read(written)
    except InvalidInput as error:
        raise InvalidInput(error.message, f"$.{field}") from None


_duration = lru_cache(maxsize=1024)(parse_duration)
_statuses = lru_cache(maxsize=1024)(parse_statuses)
