"""Retry: how often and how patiently a step is tried again."""

from functools import lru_cache

import msgspec

from pypes.errors import InvalidInput
from pypes.instants import parse_duration

MOST_ATTEMPTS = 20


class Retry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """As it is written in a step."""

    attempts: int = 3
    """Attempts in all, the first included."""
    backoff: str = "1s"
    """The first wait; it doubles with every attempt."""
    max_backoff: str = "1m"

    def check(self) -> None:
        """Raise `InvalidInput` with the place, seen from the step, of what cannot be kept."""
        if not 1 <= self.attempts <= MOST_ATTEMPTS:
            raise InvalidInput(f"attempts are between 1 and {MOST_ATTEMPTS}", "$.retry.attempts")
        for field in ("backoff", "max_backoff"):
            try:
                _duration(getattr(self, field))
            except InvalidInput as error:
                raise InvalidInput(error.message, f"$.retry.{field}") from None


_duration = lru_cache(maxsize=1024)(parse_duration)
