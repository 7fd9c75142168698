"""Growth: what the ledger costs on disk, and whether forgetting old rows makes anybody late."""

import time
from collections.abc import Iterator

from bench.agents import spread
from bench.context import Bench
from bench.daemon import Daemon
from bench.figures import Figure, at_most
from bench.ledger import count_rows
from bench.times import now
from bench.watch import observe

RATE = 1000
FEW = 1000
"""Rows that the pruning daemon keeps."""


def measure(bench: Bench) -> Iterator[Figure]:
    """Fill a ledger, then start the daemon with a retention that leaves next to nothing of it."""
    bench.receiver.clear()
    agents = list(spread(bench.receiver, RATE))
    with Daemon() as daemon:
        daemon.post_agents(agents)
        posted = now()
        time.sleep(2)
        calm = observe(bench, daemon, agents, bench.pick(full=60, quick=3), posted=posted)
        daemon.stop()
        rows = count_rows(daemon)
        yield Figure("the store for a million runs", daemon.store_bytes() / rows, "MB")
        daemon.start({"PYPES_KEEP_RUNS_COUNT": str(FEW)})
        before = daemon.usage()
        begun, left = time.perf_counter(), rows
        busy = observe(bench, daemon, agents, bench.pick(full=20, quick=3), posted=posted, chances=1)
        left = count_rows(daemon)
        after, seconds = daemon.usage(), time.perf_counter() - begun
    yield Figure("pruned, at least", (rows - left + RATE * seconds) / seconds, "rows/s")
    yield Figure("CPU while pruning", (after.cpu - before.cpu) / (after.at - before.at) * 100, "%")
    yield Figure("late p99 before", calm.late(0.99), "ms")
    yield at_most("late p99 while pruning", busy.late(0.99), "ms", 10, floor=calm.late(0.99))
    yield at_most("faults", calm.verdict.faults, "", 0)
