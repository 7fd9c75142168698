"""The only place that reads clocks.

Moments are integers: microseconds since 1970-01-01T00:00:00Z. Durations are microseconds too.
"""

import time
from typing import Protocol

SECOND = 1_000_000
"""One second, in microseconds."""


class Clock(Protocol):
    """What tells the time: the system's in a daemon, a hand-moved one in tests and simulations."""

    def now(self) -> int:
        """Wall time: microseconds since the epoch, UTC."""
        ...

    def monotonic(self) -> int:
        """A clock that never steps, in microseconds from an arbitrary start."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> int:
        """Wall time: microseconds since the epoch, UTC."""
        return time.time_ns() // 1000

    def monotonic(self) -> int:
        """Microseconds on the machine's monotonic clock."""
        return time.monotonic_ns() // 1000
