"""Signatures of requests, as Standard Webhooks 1.0 has them: `v1` is HMAC-SHA256 over id, time and body.

Several secrets make several signatures, separated by blanks: a receiver that knows one of them accepts, so
that a secret can be replaced without a gap.
"""

import base64
import binascii
import hmac
from collections.abc import Iterable
from hashlib import sha256

from pypes.errors import InvalidInput

PREFIX = "whsec_"


def signing_key(secret: str) -> bytes:
    """The bytes of a secret: base64, with or without `whsec_` before it."""
    try:
        key = base64.b64decode(secret.strip().removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not key:
        raise InvalidInput(
            "the secret that signs is not base64: `openssl rand -base64 32` makes one "
            f"(receivers may ask for {PREFIX} before it)"
        )
    return key


def signature(keys: Iterable[bytes], *, run_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`."""
    signed = f"{run_id}.{timestamp}.".encode() + body
    return " ".join(f"v1,{_sign(key, signed)}" for key in keys)


def _sign(key: bytes, signed: bytes) -> str:
    return base64.b64encode(hmac.digest(key, signed, sha256)).decode()
