"""Webhooks that are rendered for each run: templates and secrets become the request of one attempt."""

import base64
from collections.abc import Iterable, Sequence
from typing import Protocol
from urllib.parse import unquote

import msgspec

from pypes.clock import SECOND
from pypes.errors import InvalidInput
from pypes.receipt import Failure, Outcome, Receipt
from pypes.request import Request
from pypes.secrets import Mask
from pypes.steps.call import Call
from pypes.steps.headers import check_value, is_secret
from pypes.steps.signing import signature, signing_key
from pypes.steps.webhook import Webhook, check_url
from pypes.template import Context, names_in, render_address, render_json, render_text
from pypes.url import secrets_in, split_url

NOWHERE = "http://localhost/"
"""Stands for an address that is not known before it is rendered."""


class Reveal(Protocol):
    """Looks secrets up, and remembers them, so that they can be masked."""

    values: list[str]

    def __call__(self, reference: str) -> str:
        """Give the value of a reference."""
        ...


class Private(Call):
    """A call of which something must not be told, or which is signed."""

    def __init__(self, webhook: Webhook, *, hidden: Iterable[str], keys: Sequence[bytes] = ()) -> None:
        super().__init__(msgspec.structs.replace(webhook, secret=None))
        self.mask = Mask(hidden)
        """What must not be told."""
        self.address = webhook.url
        self._keys = keys

    def request(
        self, *, run_id: str, attempt: int, slot: int, now: int, payload: str | None = None
    ) -> Request:
        """Give the bytes of one attempt, signed if there are keys."""
        request = super().request(run_id=run_id, attempt=attempt, slot=slot, now=now, payload=payload)
        if not self._keys:
            return request
        head, _, body = request.data.partition(b"\r\n\r\n")
        value = signature(self._keys, run_id=run_id, timestamp=now // SECOND, body=body)
        data = b"".join((head, b"\r\nwebhook-signature: ", value.encode(), b"\r\n\r\n", body))
        return msgspec.structs.replace(request, data=data)

    def judge(self, said: Outcome) -> Outcome:
        """Mask what must not be told, then decide as ever."""
        return super().judge(self._masked(said))

    def _masked(self, said: Outcome) -> Outcome:
        if isinstance(said, Receipt):
            body = self.mask.cut(said.body) if said.clipped else self.mask(said.body)
            return said if body == said.body else msgspec.structs.replace(said, body=body)
        return _with_message(said, self.mask(said.message))


class Unrendered(Call):
    """A webhook that is not a request yet: `render` makes one of it, for one attempt."""

    def __init__(self, webhook: Webhook) -> None:
        plain = {"url": NOWHERE, "headers": {}, "payload": msgspec.UNSET, "secret": None}
        super().__init__(msgspec.structs.replace(webhook, **plain))
        self._written = webhook
        self.names = names_in([webhook.url, *webhook.headers.values(), webhook.document])
        """What its templates speak about."""

    def render(self, context: Context, reveal: Reveal, payload: str | None = None) -> Private:
        """Render address, headers and payload; raise `InvalidInput` with the place of what cannot be.

        `payload` is sent as it is, in place of the webhook's own.
        """
        try:
            return self._render(context, reveal, payload)
        except InvalidInput as error:
            raise InvalidInput(Mask(reveal.values)(error.message), error.path) from None

    def _render(self, context: Context, reveal: Reveal, payload: str | None) -> Private:
        written, given = self._written, {**context, "secret": reveal}
        rendered = msgspec.structs.replace(
            written,
            url=_url(written.url, given),
            headers={name: _header(name, value, given) for name, value in written.headers.items()},
            payload=_payload(written, given) if payload is None else msgspec.Raw(payload.encode()),
        )
        keys = [_key(reference, reveal) for reference in written.signing_references]
        return Private(rendered, hidden=[*reveal.values, *literal_secrets(rendered)], keys=keys)


def ready(webhook: Webhook) -> Call:
    """Do once what every run of a webhook shares."""
    if webhook.is_rendered:
        return Unrendered(webhook)
    hidden = literal_secrets(webhook)
    return Private(webhook, hidden=hidden) if hidden else Call(webhook)


def literal_secrets(webhook: Webhook) -> list[str]:
    """What is likely to be secret among what was typed: values of headers, user info, parameters."""
    found = [value for name, value in webhook.headers.items() if is_secret(name)]
    found += [value.rpartition(" ")[2] for value in found if " " in value]
    user = split_url(webhook.url)[3]
    if user is not None:
        found += [user.partition(":")[2], base64.b64encode(user.encode()).decode()]
    found += secrets_in(webhook.url)
    return [*found, *(unquote(value) for value in found if "%" in value)]


def _url(written: str, context: Context) -> str:
    try:
        url = render_address(written, context)
        check_url(url)
    except InvalidInput as error:
        raise InvalidInput(error.message, "$.url") from None
    return url


def _header(name: str, written: str, context: Context) -> str:
    try:
        value = render_text(written, context)
    except InvalidInput as error:
        raise InvalidInput(error.message, f"$.headers.{name}") from None
    check_value(name, value)
    return value


def _payload(webhook: Webhook, context: Context) -> msgspec.Raw | msgspec.UnsetType:
    if isinstance(webhook.payload, msgspec.UnsetType):
        return webhook.payload
    try:
        return msgspec.Raw(render_json(bytes(webhook.payload).decode(), context).encode())
    except InvalidInput as error:
        raise InvalidInput(error.message, "$.payload") from None
    except UnicodeEncodeError:
        raise InvalidInput(
            "a value holds half a surrogate pair, which has no encoding", "$.payload"
        ) from None


def _key(reference: str, reveal: Reveal) -> bytes:
    try:
        return signing_key(reveal(reference))
    except InvalidInput as error:
        raise InvalidInput(error.message, "$.secret") from None


def _with_message(said: Failure, message: str) -> Failure:
    return said if message == said.message else msgspec.structs.replace(said, message=message)
