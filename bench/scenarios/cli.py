"""Command line: how long a user waits, beside a bare interpreter that does nothing."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

from bench.agents import every_second
from bench.context import Bench
from bench.daemon import Daemon
from bench.figures import Figure, at_most, percentile


def measure(bench: Bench) -> Iterator[Figure]:
    """With a daemon that runs, which has ten agents."""
    with Daemon() as daemon:
        daemon.post_agents(every_second(bench.receiver, 10))
        times = bench.pick(full=30, quick=8)
        bare = bench.interpreter * 1000
        yield Figure("a bare interpreter", bare, "ms")
        yield at_most("pypes --help", _median(daemon, times, "-m", "pypes", "--help"), "ms", 120, floor=bare)
        yield at_most("pypes ls", _median(daemon, times, "-m", "pypes", "ls"), "ms", 150, floor=bare)
    with Daemon() as daemon:
        time.sleep(2)
        yield at_most("a daemon without agents: memory", daemon.usage().rss, "MB", 60)
        yield Figure("a daemon without agents: ready after", daemon.ready_after * 1000, "ms")


def _median(daemon: Daemon, times: int, *arguments: str) -> float:
    """Milliseconds until the process is over; the median."""
    environment = os.environ | {"PYPES_HOME": str(daemon.home)}
    waits = []
    for _ in range(times):
        begun = time.perf_counter()
        command = [sys.executable, *arguments]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
        waits.append((time.perf_counter() - begun) * 1000)
    return percentile(waits, 0.5)
