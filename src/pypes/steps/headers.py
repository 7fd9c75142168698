"""Headers of a request: which may be written, and which are likely to be secrets."""

import re
from collections.abc import Mapping

from pypes.errors import InvalidInput
from pypes.template import is_template

_OURS = frozenset(
    [
        "content-length",
        "transfer-encoding",
        "connection",
        "keep-alive",
        "te",
        "trailer",
        "upgrade",
        "expect",
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
        "pypes-attempt",
        "pypes-run",
        "pypes-slot",
    ]
)
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_SECRET = re.compile(r"auth|cookie|token|secret|(?<!idempotency-)key|password|signature", re.IGNORECASE)


def check_headers(headers: Mapping[str, str]) -> None:
    """Raise `InvalidInput` for the first header that cannot be sent, or is for us to set."""
    seen: set[str] = set()
    for name, value in headers.items():
        path = f"$.headers.{name}"
        if not _TOKEN.fullmatch(name):
            raise InvalidInput(f"`{name}` is not a header name", path)
        if name.lower() in _OURS or name.lower().startswith("proxy-"):
            raise InvalidInput(f"the header `{name}` is set by pypes itself: leave it out", path)
        if name.lower() in seen:
            raise InvalidInput(f"the header `{name}` is given twice", path)
        if name.lower() == "host" and is_template(value):
            raise InvalidInput("where a request goes is written out: `Host` has no templates", path)
        check_value(name, value)
        seen.add(name.lower())


def check_value(name: str, value: str) -> None:
    """Raise `InvalidInput` when a value could end its header and begin another."""
    if _CONTROL.search(value):
        raise InvalidInput(f"the value of `{name}` contains a control character", f"$.headers.{name}")


def is_secret(name: str) -> bool:
    """Tell whether a header's value is likely to be a secret, by its name."""
    return bool(_SECRET.search(name))
