"""Watch: a fresh daemon with some agents is watched for a while, and what came of it is checked."""

import time
from dataclasses import dataclass

from bench.agents import Agent
from bench.arrivals import SECOND, Arrival
from bench.check import Verdict, check
from bench.context import Bench, now, settle, wait_for_second
from bench.daemon import Daemon, Usage
from bench.figures import percentile
from bench.ledger import Row, read_ledger

WARM = 2.0
"""Seconds before the watch begins: connections are open, and the first claims are over."""


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

    def late(self, share: float) -> float:
        """So large a share of the arrivals was at most so late, in ms."""
        return percentile([each.lateness for each in self.arrivals], share)

    def parts(self) -> tuple[list[float], list[float]]:
        """Of each arrival: ms from slot to the begin of the send, and from there to the arrival."""
        pairs = [(each, self.rows[each.id].started) for each in self.arrivals if each.id in self.rows]
        begun = [(each, started) for each, started in pairs if started is not None]
        return (
            [(started - each.slot) / 1000 for each, started in begun],
            [(each.moment - started) / 1000 for each, started in begun],
        )


def watch(bench: Bench, agents: list[Agent], seconds: int, *, patience: float = 1.5) -> Window:
    """Load agents into a fresh daemon, and watch so many whole seconds of it."""
    bench.receiver.clear()
    with Daemon() as daemon:
        loaded = daemon.post_agents(agents)
        posted = now()
        time.sleep(WARM)
        return observe(bench, daemon, agents, seconds, posted=posted, loaded=loaded, patience=patience)


def observe(
    bench: Bench,
    daemon: Daemon,
    agents: list[Agent],
    seconds: int,
    *,
    posted: int,
    loaded: float = 0.0,
    patience: float = 1.5,
) -> Window:
    """Watch a daemon that runs already; exactness is checked from `posted` on, lateness in the window."""
    since = wait_for_second(0.5)
    before = daemon.usage()
    time.sleep(seconds)
    used = daemon.usage()
    until = settle(daemon, patience)
    rows, log = list(read_ledger(daemon)), bench.receiver.log()
    names = [agent["name"] for agent in agents]
    return Window(
        since=since,
        until=since + seconds * SECOND,
        loaded=loaded,
        arrivals=[each for each in log if since < each.slot <= since + seconds * SECOND],
        rows={row.id: row for row in rows},
        verdict=check(rows, log, agents=names, since=posted, until=until),
        usage=used,
        cpu=used.cpu - before.cpu,
    )
