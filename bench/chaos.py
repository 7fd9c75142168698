"""Chaos: daemons that share a PostgreSQL are killed, frozen and cut off at random; then all is checked.

`python -m bench.chaos` takes five minutes. `--broken` breaks the daemons on purpose, and the same checks must
find it: without the fence around results, the locks around decisions, the unique key, or both of these.
"""

import argparse
import random
import re
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException
from itertools import pairwise

from bench.agents import Agent, every, phases
from bench.arrivals import SECOND, Arrival, Receiver
from bench.check import Verdict, check
from bench.cluster import NO_FENCE, NO_KEY, NO_LOCKS, QUICK_LEASE, Cluster, Faults
from bench.daemon import Refused
from bench.times import now

PATIENCE = 60.0
"""Seconds in which everything must be decided once nothing is wrong any more."""
BROKEN = {"": "", "fence": NO_FENCE, "locks": NO_LOCKS, "key": NO_KEY, "locks and key": NO_LOCKS + NO_KEY}
PAST = "2020-{:02}-{:02}T00:00:00Z"

_REFUSED = re.compile(r"a result came too late")
_DROPPED = re.compile(r"others took over what it held .*under_way=(\d+)")


@dataclass(frozen=True)
class Outcome:
    """What came of it."""

    verdict: Verdict
    accepted_twice: int
    """Runs of which two results were accepted."""
    refused: int
    """Results that were not accepted, because others held the run by then."""
    longest_gap: float
    """Seconds between two deliveries of one every-second schedule, at most."""
    faults: dict[str, int]

    @property
    def is_sound(self) -> bool:
        """Whether every promise was kept."""
        return not self.verdict.faults and not self.accepted_twice

    def lines(self) -> Iterator[str]:
        """Say it."""
        yield f"faults: {', '.join(f'{count} × {kind}' for kind, count in self.faults.items())}"
        yield str(self.verdict)
        yield f"accepted second results {self.accepted_twice}, results refused {self.refused}"
        yield f"longest gap between two deliveries of one schedule {self.longest_gap:.1f} s"


def agents(receiver: Receiver, count: int) -> list[Agent]:
    """So many every-second schedules whose answers take 50 ms: something is always under way."""
    return [every(f"a{number}", receiver.url(f"/slow/{number}")) for number in range(count)]


def daily(receiver: Receiver) -> Agent:
    """An agent whose past days are backfilled, while it has nothing to do today."""
    return every("daily", receiver.url("/on/daily"), interval="1d")


def backfill_twice(cluster: Cluster, number: int) -> None:
    """Ask every daemon for the same past day: whatever becomes of each request, the slot happens once."""
    day = PAST.format(number // 28 % 12 + 1, number % 28 + 1)
    for daemon in cluster.daemons:
        with suppress(OSError, HTTPException, Refused):
            daemon.call("POST", "/agents/daily/backfill", {"from": day, "to": day})


def judge(
    cluster: Cluster, receiver: Receiver, posted: list[Agent], *, since: int, faults: dict[str, int]
) -> Outcome:
    """Wait until everything up to now is decided, then compare ledger, receiver and what the daemons said."""
    until = now() // SECOND * SECOND
    deadline = time.monotonic() + PATIENCE
    while True:
        time.sleep(1.0)
        if cluster.is_broken and time.monotonic() > deadline - PATIENCE + 5.0:
            deadline = 0.0  # what is broken may never be decided
        rows, log = cluster.ledger(until), receiver.log()
        verdict = check(rows, log, phases=phases(posted), since=since, until=until)
        is_open = any(row.state in {"waiting", "running"} for row in rows)
        if (not is_open and not verdict.faults) or time.monotonic() > deadline:
            break
    said = cluster.said()
    return Outcome(
        verdict,
        accepted_twice=cluster.accepted_twice(),
        refused=len(_REFUSED.findall(said)) + sum(map(int, _DROPPED.findall(said))),
        longest_gap=_longest_gap(log),
        faults=faults,
    )


def _longest_gap(log: list[Arrival]) -> float:
    moments: defaultdict[str, list[int]] = defaultdict(list)
    for each in log:
        if each.path.startswith("/slow/"):
            moments[each.path].append(each.moment)
    gaps = (b - a for each in moments.values() for a, b in pairwise(each))
    return max(gaps, default=0) / SECOND


def run(*, seconds: float, daemons: int, schedules: int, broken: str, quick: bool, seed: int) -> Outcome:
    """Let faults happen for a while, heal them, and judge."""
    luck = random.Random(seed)
    prelude = (QUICK_LEASE if quick else "") + BROKEN[broken]
    with Receiver() as receiver, Cluster(daemons, prelude=prelude) as cluster:
        if "key" in broken:
            cluster.drop_key()
        posted = agents(receiver, schedules)
        cluster.daemons[0].post_agents([*posted, daily(receiver)])
        since = now()
        faults = Faults(cluster, term=3.0 if quick else 15.0, luck=luck)
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            time.sleep(luck.uniform(0.5, 3.0))
            faults.happen()
            backfill_twice(cluster, sum(faults.counts.values()))
            print(f"    {faults.counts}", file=sys.stderr, flush=True)
        faults.heal()
        time.sleep(5.0)
        return judge(cluster, receiver, posted, since=since, faults=faults.counts)


def main() -> int:
    """Run; 0 when what should be sound is, and what should not be is found out."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--daemons", type=int, default=3)
    parser.add_argument("--schedules", type=int, default=300)
    parser.add_argument("--broken", choices=list(BROKEN), default="", help="break the daemons on purpose")
    parser.add_argument("--quick", action="store_true", help="leases of 3 seconds instead of 15")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print(f"seed {given.seed}")
    outcome = run(**vars(given))
    print(*outcome.lines(), sep="\n")
    return int(outcome.is_sound == bool(given.broken))


if __name__ == "__main__":
    raise SystemExit(main())
