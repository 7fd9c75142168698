"""Warming: connections are opened, or kept, for requests that are known to be due: no slot waits for them."""

from collections import Counter
from collections.abc import Iterable

from pypes.engine.sender import Sender
from pypes.request import Origin

Due = tuple[int, Origin]
"""The instant at which a request leaves, and where it goes."""


def warm(sender: Sender, due: Iterable[Due], now: int) -> None:
    """Have as many connections to each origin as requests leave for it at one instant."""
    needs: dict[Origin, tuple[int, int]] = {}
    for (moment, origin), count in Counter(due).items():
        if moment > now:
            most, last = needs.get(origin, (0, 0))
            needs[origin] = max(most, count), max(last, moment)
    for origin, (most, last) in needs.items():
        sender.warm(origin, most, within=last - now)
