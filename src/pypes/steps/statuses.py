"""Statuses that count as success, as they are written: `200-299,304`."""

import re

from pypes.errors import InvalidInput

_STATUSES = re.compile(r"\s*(\d{3})\s*(?:-\s*(\d{3})\s*)?", re.ASCII)


def parse_statuses(text: str) -> frozenset[int]:
    """Read a list of statuses and ranges; raise `InvalidInput` when it is none."""
    statuses: set[int] = set()
    for part in text.split(","):
        match = _STATUSES.fullmatch(part)
        low, high = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 100 <= low <= high <= 599:
            raise InvalidInput(f"`{text}` is not a list of statuses: write it like 200-299,304")
        statuses.update(range(low, high + 1))
    return frozenset(statuses)
