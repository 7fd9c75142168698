"""Masking: headers that look like secrets are shown without their values."""

import re
from collections.abc import Mapping

MASK = "***"
_SECRET = re.compile(r"auth|cookie|token|secret|key|password|signature", re.IGNORECASE)


def masked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Show headers; of what looks like a secret only the name."""
    return {name: MASK if _SECRET.search(name) else value for name, value in headers.items()}
