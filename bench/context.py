"""Context: what all scenarios of one run share."""

import subprocess
import sys
import time
from dataclasses import dataclass, field
from functools import cached_property

from bench.arrivals import Receiver
from bench.figures import percentile
from bench.floor import Pace, pace


@dataclass
class Bench:
    """One run of the bench."""

    receiver: Receiver
    quick: bool
    peer: dict[int, float] = field(default_factory=dict)
    """The peer's p99 lateness in ms, by how many are due each second; empty when it is not installed."""

    def pick(self, full: int, quick: int) -> int:
        """How much to do."""
        return quick if self.quick else full

    @cached_property
    def pace(self) -> Pace:
        """What a bare client does on this machine."""
        return pace(self.receiver, self.pick(full=200_000, quick=50_000))

    @cached_property
    def interpreter(self) -> float:
        """Seconds in which a Python starts and ends that does nothing; the median."""
        return percentile([_start_python() for _ in range(10)], 0.5)

    def note(self, text: str) -> None:
        """Say something that is no figure."""
        print(f"    {text}", file=sys.stderr, flush=True)


def _start_python() -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.perf_counter() - begun
