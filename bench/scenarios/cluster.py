"""Cluster: durable fires a second of 1, 2 and 3 daemons on one PostgreSQL, beside one daemon on SQLite.

More schedules are due each second than can be fired: what is measured is how many are claimed, sent and
recorded, not when. All share the machine with the database, which syncs its disk for each commit.
"""

import time
from collections.abc import Iterator

from bench.agents import spread
from bench.cluster import Cluster
from bench.context import Bench
from bench.daemon import Daemon
from bench.figures import Figure, at_least
from bench.times import now


def measure(bench: Bench) -> Iterator[Figure]:
    """Add daemons, one after the other."""
    with Daemon() as alone:
        sqlite = _rate(bench, [alone])
    yield Figure("SQLite, one daemon", sqlite, "/s")
    one = 0.0
    for number in (1, 3) if bench.quick else (1, 2, 3):
        with Cluster(number, settings={"PYPES_LOG_FIRES": "auto"}, is_measured=True) as cluster:
            rate = _rate(bench, cluster.daemons)
        if number == 1:
            one = rate
            yield Figure("PostgreSQL, 1 daemon", rate, "/s")
        elif bench.quick:  # two seconds say little
            yield Figure(f"PostgreSQL, {number} daemons", rate, "/s")
        else:
            yield at_least(f"PostgreSQL, {number} daemons", rate, "/s", one)


def _rate(bench: Bench, daemons: list[Daemon]) -> float:
    """Arrivals a second while more is due than can be sent."""
    bench.receiver.clear()
    schedules = bench.pick(full=20_000, quick=3000)
    seconds = bench.pick(full=10, quick=2)
    daemons[0].post_agents(spread(bench.receiver, schedules, steps=100))
    time.sleep(bench.pick(full=5, quick=1))
    since = now()
    time.sleep(seconds)
    until = now()
    return sum(since <= each.moment < until for each in bench.receiver.log()) / ((until - since) / 1e6)
