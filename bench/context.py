"""Context: what all scenarios of one run share."""

import sys
import time
from dataclasses import dataclass, field

from bench.arrivals import SECOND, Receiver
from bench.daemon import Daemon


@dataclass
class Bench:
    """One run of the bench."""

    receiver: Receiver
    quick: bool
    floors: dict[str, float] = field(default_factory=dict)
    """What the machine itself can do, by name; each is measured once per run."""

    def pick(self, full: int, quick: int) -> int:
        """How much to do."""
        return quick if self.quick else full

    def note(self, text: str) -> None:
        """Say something that is no figure."""
        print(f"    {text}", file=sys.stderr, flush=True)


def now() -> int:
    """Microseconds since the epoch."""
    return time.time_ns() // 1000


def wait_for_second(offset: float = 0.0) -> int:
    """Sleep until the next whole second and `offset` seconds more; that whole second in microseconds."""
    second = now() // SECOND * SECOND + SECOND
    time.sleep(max(0.0, (second - now()) / SECOND + offset))
    return second


def settle(daemon: Daemon, seconds: float = 1.5) -> int:
    """Let the last whole second be fired and recorded; that second in microseconds."""
    until = now() // SECOND * SECOND
    time.sleep(seconds)
    daemon.call("GET", "/healthz")
    return until
