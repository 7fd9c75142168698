"""Crash: 200 every-second schedules, kill -9 at random moments, an immediate restart each time.

Every second kill is aimed at the 50 ms after a slot, when requests are under way and nothing is recorded yet.
"""

import random
import time
from collections.abc import Iterator

from bench.agents import every_second
from bench.check import Verdict
from bench.context import Bench
from bench.daemon import Daemon
from bench.figures import Figure, at_most
from bench.times import now, wait_for_second
from bench.watch import checked, settle

SCHEDULES = 200


def measure(bench: Bench) -> Iterator[Figure]:
    """Every slot has exactly one row, however often the daemon dies."""
    kills = bench.pick(full=30, quick=3)
    bench.receiver.clear()
    with Daemon() as daemon:
        daemon.post_agents(every_second(bench.receiver, SCHEDULES))
        since = now()
        for number in range(kills):
            _wait(aimed=number % 2 == 1)
            daemon.kill()
            daemon.start()
        verdict = _verdict(bench, daemon, since)
    bench.note(str(verdict))
    yield Figure("kill -9", kills)
    yield Figure("slots", verdict.slots)
    yield at_most("missing slots", verdict.missing, "", 0)
    yield at_most("doubled slots", verdict.doubled, "", 0)
    yield at_most("other faults", verdict.faults - verdict.missing - verdict.doubled, "", 0)
    yield Figure("deliveries repeated under the same id", verdict.repeated)
    yield Figure("slots skipped while down", verdict.skipped)


def _wait(*, aimed: bool) -> None:
    time.sleep(random.uniform(0.3, 1.5))
    if aimed:
        wait_for_second(random.uniform(0.0, 0.05))


def _verdict(bench: Bench, daemon: Daemon, since: int) -> Verdict:
    until = settle(daemon, 2.0)
    agents = list(every_second(bench.receiver, SCHEDULES))
    return checked(bench, daemon, agents, since=since, until=until)[2]
