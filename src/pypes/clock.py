"""The only place that reads clocks.

Moments are integers: microseconds since 1970-01-01T00:00:00Z. Durations are microseconds too.
"""

import time
from typing import Protocol

SECOND = 1_000_000
"""One second, in microseconds."""
DAY = 86_400 * SECOND
"""One day of UTC, which knows no leap seconds here."""

JUMP = SECOND // 2
"""Between two looks at the database's clock, a few seconds apart, no sound clock drifts by so much."""


class Clock(Protocol):
    """What tells the time: the system's in a daemon, a hand-moved one in tests and simulations."""

    def now(self) -> int:
        """Wall time: microseconds since the epoch, UTC."""
        ...

    def monotonic(self) -> int:
        """A clock that never steps, in microseconds from an arbitrary start."""
        ...


class SharedClock:
    """The clock of a database that daemons share, carried on by one that never steps between two looks at it.

    So all of them agree when a slot is, whatever their own machines believe, or are told meanwhile.
    """

    def __init__(self) -> None:
        self._ahead = time.time_ns() // 1000 - since_boot()
        """What must be added to the time since the boot."""
        self._is_set = False

    def now(self) -> int:
        """The database's time: microseconds since the epoch, UTC."""
        return since_boot() + self._ahead

    def monotonic(self) -> int:
        """Microseconds on a clock that never steps, and runs on while the machine sleeps."""
        return since_boot()

    def set(self, told: int, *, asked: int, answered: int) -> bool:
        """Take what the database said between two readings of `monotonic`; False when that cannot be trusted.

        It is taken as if it had been said at the last moment possible: nothing may start before its slot, and
        what starts late does so by less than the answer took. A clock that may still be right is left alone.
        What contradicts the last look by more than `JUMP` means that a clock runs wild: it is believed
        only when the next look confirms it.
        """
        lowest, highest = told - answered, told - asked
        off = max(lowest - self._ahead, self._ahead - highest, 0)
        is_steady = not self._is_set or off <= JUMP
        if off or not self._is_set:
            self._ahead = lowest
        self._is_set = True
        return is_steady

    @property
    def own_ahead(self) -> int:
        """How far this machine's own clock is ahead of the database's."""
        return time.time_ns() // 1000 - self.now()


def since_boot() -> int:
    """Microseconds since the machine started, with those in which it slept where it counts them."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime_ns(clock) // 1000


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> int:
        """Wall time: microseconds since the epoch, UTC."""
        return time.time_ns() // 1000

    def monotonic(self) -> int:
        """Microseconds on the machine's monotonic clock."""
        return time.monotonic_ns() // 1000
