"""Bell: rung after each commit, so that whoever waits for a change can look again."""

import asyncio


class Bell:
    """Wakes every waiter on each ring, and remembers the earliest moment somebody rang for."""

    def __init__(self) -> None:
        self._waiters: set[asyncio.Future[None]] = set()
        self._earliest: int | None = None

    def ring(self, wake_at: int | None = None) -> None:
        """Wake all waiters; `wake_at` is when the commit left work at the earliest (microseconds UTC)."""
        if wake_at is not None:
            self._earliest = wake_at if self._earliest is None else min(wake_at, self._earliest)
        waiters, self._waiters = self._waiters, set()
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def take_earliest(self) -> int | None:
        """The earliest moment rung for since the last call."""
        earliest, self._earliest = self._earliest, None
        return earliest

    async def wait(self, at_most: float) -> bool:
        """Wait for the next ring, at most `at_most` seconds; False when none came."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            async with asyncio.timeout(at_most):
                await waiter
        except TimeoutError:
            return False
        else:
            return True
        finally:
            self._waiters.discard(waiter)
