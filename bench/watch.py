"""Watch: a fresh daemon with some agents is watched for a while, and what came of it is checked."""

import time
from collections import defaultdict
from dataclasses import dataclass

from bench.agents import Agent, phases
from bench.arrivals import SECOND, Arrival
from bench.check import Verdict, check
from bench.context import Bench
from bench.daemon import Daemon, Usage
from bench.figures import percentile
from bench.ledger import Row, read_ledger
from bench.times import now, wait_for_second

WARM = 1.0
"""Seconds before the watch begins: connections are open, and the first claims are over."""

CHANCES = 4
BEHIND = 3.0
"""Seconds after which a check that found faults is made again: a backlog is late, not lost."""


@dataclass(frozen=True)
class Window:
    """What happened to the slots after `since`, up to `until`."""

    since: int
    until: int
    loaded: float
    """Seconds that posting the agents took."""
    arrivals: list[Arrival]
    rows: dict[str, Row]
    verdict: Verdict
    usage: Usage
    cpu: float
    """Seconds of CPU that the daemon used."""

    @property
    def seconds(self) -> float:
        """How long it was."""
        return (self.until - self.since) / SECOND

    @property
    def cpu_per_fire(self) -> float:
        """Microseconds of the daemon's CPU for one arrival, everything included."""
        return self.cpu / max(1, len(self.arrivals)) * SECOND

    def late(self, share: float, beginning: str = "/") -> float:
        """So large a share of the arrivals was at most so late, in ms; only paths with that beginning."""
        return percentile([each.lateness for each in self.arrivals if each.path.startswith(beginning)], share)

    def late_in_a_second(self, share: float, beginning: str = "/") -> float:
        """The same in the median second: one bad second of the machine does not decide."""
        seconds: defaultdict[int, list[float]] = defaultdict(list)
        for each in self.arrivals:
            if each.path.startswith(beginning):
                seconds[each.slot // SECOND].append(each.lateness)
        return percentile([percentile(values, share) for values in seconds.values()], 0.5)

    def parts(self) -> tuple[list[float], list[float]]:
        """Of each arrival: ms from slot to the begin of the send, and from there to the arrival."""
        pairs = [
            (each.lateness, self.rows[each.id].lateness) for each in self.arrivals if each.id in self.rows
        ]
        begun = [(whole, wait) for whole, wait in pairs if wait is not None]
        return [wait for _, wait in begun], [whole - wait for whole, wait in begun]


def watch(
    bench: Bench, agents: list[Agent], seconds: int, *, patience: float = 1.0, chances: int = CHANCES
) -> Window:
    """Load agents into a fresh daemon, and watch so many whole seconds of it."""
    bench.receiver.clear()
    with Daemon() as daemon:
        loaded = daemon.post_agents(agents)
        posted = now()
        time.sleep(WARM)
        return observe(
            bench, daemon, agents, seconds, posted=posted, loaded=loaded, patience=patience, chances=chances
        )


def observe(
    bench: Bench,
    daemon: Daemon,
    agents: list[Agent],
    seconds: int,
    *,
    posted: int,
    loaded: float = 0.0,
    patience: float = 1.0,
    chances: int = CHANCES,
) -> Window:
    """Watch a daemon that runs already; exactness is checked from `posted` on, lateness in the window."""
    since = wait_for_second(0.5)
    before = daemon.usage()
    time.sleep(seconds)
    used = daemon.usage()
    until = settle(daemon, patience)
    rows, log, verdict = checked(bench, daemon, agents, since=posted, until=until, chances=chances)
    return Window(
        since=since,
        until=since + seconds * SECOND,
        loaded=loaded,
        arrivals=[each for each in log if since < each.slot <= since + seconds * SECOND],
        rows={row.id: row for row in rows},
        verdict=verdict,
        usage=used,
        cpu=used.cpu - before.cpu,
    )


def checked(
    bench: Bench,
    daemon: Daemon,
    agents: list[Agent],
    *,
    since: int,
    until: int,
    chances: int = CHANCES,
) -> tuple[list[Row], list[Arrival], Verdict]:
    """Check the slots up to `until`; one that is behind has a while to come to a decision about each."""
    for chance in range(chances):
        time.sleep(BEHIND if chance else 0)
        rows, log = list(read_ledger(daemon, until=until)), bench.receiver.log()
        verdict = check(rows, log, phases=phases(agents), since=since, until=until)
        if not verdict.faults:
            break
    return rows, log, verdict


def settle(daemon: Daemon, seconds: float) -> int:
    """Let the last whole second be fired and recorded; that second in microseconds."""
    until = now() // SECOND * SECOND
    time.sleep(seconds)
    daemon.call("GET", "/healthz")
    return until
