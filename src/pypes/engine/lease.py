"""Lease: may this daemon start anything? Only as long as the others are sure that it is alive.

A daemon that shares a store says every few seconds that it is there; its word is good for `TERM`. One that
could not say so for `FENCE` starts nothing more, well before the others take over what it holds. The time is
that of a clock which never steps, and which runs on while the process is frozen or the machine sleeps.
"""

from pypes.clock import SECOND, Clock

TERM = 15 * SECOND
"""A daemon that was not heard of for so long is given up."""
EVERY = 5 * SECOND
"""So often a daemon says that it is there."""
FENCE = 10 * SECOND
"""One that could not say so for this long starts nothing: the rest of the term is for clocks that differ."""


class Lease:
    """Of one daemon; where nobody shares the store, it needs none and always may."""

    def __init__(self, clock: Clock, *, is_shared: bool = False) -> None:
        self._clock = clock
        self._is_shared = is_shared
        self._until: int | None = None
        self.is_steady = True
        """False while this machine's clock runs wild."""

    def holds(self) -> bool:
        """Whether something may be started now."""
        if not self._is_shared:
            return True
        return self.is_steady and self._until is not None and self._clock.monotonic() < self._until

    def renew(self, said: int) -> None:
        """Others have heard what was said at this moment of the clock that never steps."""
        self._until = said + FENCE
