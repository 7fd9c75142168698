"""Bell: rung after each commit, so that whoever waits for a change can look again."""

import asyncio


class Bell:
    """Wakes every waiter on each ring, and remembers what the rings were for."""

    def __init__(self) -> None:
        self._waiters: set[asyncio.Future[None]] = set()
        self._wake_at: int | None = None
        self._look_at: int | None = None

    def ring(self, wake_at: int | None = None, look_at: int | None = None) -> None:
        """Wake all waiters; something is due at `wake_at`, or may be claimed from `look_at` on."""
        self._wake_at = _earlier(self._wake_at, wake_at)
        self._look_at = _earlier(self._look_at, look_at)
        waiters, self._waiters = self._waiters, set()
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def take_moments(self) -> tuple[int | None, int | None]:
        """The earliest `wake_at` and `look_at` since the last call."""
        moments = self._wake_at, self._look_at
        self._wake_at = self._look_at = None
        return moments

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


def _earlier(one: int | None, other: int | None) -> int | None:
    return min((moment for moment in (one, other) if moment is not None), default=None)
