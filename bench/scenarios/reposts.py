"""Reposts: the same agents, and others, are posted again and again while every-second schedules run."""

import time
from collections.abc import Iterator

from bench.agents import Agent, every_second, far_away
from bench.context import Bench
from bench.daemon import Daemon
from bench.figures import Figure, at_most, percentile
from bench.times import now
from bench.watch import checked, settle

SCHEDULES = 100
POSTS = 200


def measure(bench: Bench) -> Iterator[Figure]:
    """A post never moves, drops or repeats a slot of what it does not change."""
    bench.receiver.clear()
    agents = list(every_second(bench.receiver, SCHEDULES))
    with Daemon() as daemon:
        daemon.post_agents(agents)
        since = now()
        others = list(far_away(bench.receiver, POSTS))
        answers = [
            _post(daemon, agents, others, turn, pause=bench.pick(full=100, quick=15)) for turn in range(POSTS)
        ]
        until = settle(daemon, 2.0)
        _, _, verdict = checked(bench, daemon, agents, since=since, until=until)
    bench.note(str(verdict))
    yield Figure("posts", len(answers))
    yield at_most("slots moved, dropped or doubled", verdict.faults, "", 0)
    yield at_most("slots repeated", verdict.repeated, "", 0)
    yield at_most("slots skipped", verdict.skipped, "", 0)
    yield Figure("a post is answered in, p50", percentile(answers, 0.5) * 1000, "ms")


def _post(daemon: Daemon, agents: list[Agent], others: list[Agent], turn: int, *, pause: int) -> float:
    """One of: all of them at once, one that runs, one that is new; seconds until answered."""
    time.sleep(pause / 1000)
    begun = time.perf_counter()
    if turn % 10 == 0:
        daemon.post_agents(agents)
    elif turn % 2:
        daemon.call("POST", "/agents", agents[turn % len(agents)])
    else:
        daemon.call("POST", "/agents", others[turn])
    return time.perf_counter() - begun
