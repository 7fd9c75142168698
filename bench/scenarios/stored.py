"""Stored: what many schedules cost while none of them is due."""

import time
from collections.abc import Iterator
from functools import partial

from bench.agents import far_away
from bench.context import Bench
from bench.daemon import Daemon, Usage
from bench.figures import Figure, at_most, percentile

SIZES = {10_000: "10k", 100_000: "100k", 1_000_000: "1M"}
TRIES = 20


def measure(bench: Bench) -> Iterator[Figure]:
    """Each size on a fresh daemon, which is restarted once it is loaded."""
    for size in list(SIZES)[: bench.pick(full=3, quick=1)]:
        for figure in _at(bench, size):
            yield figure._replace(name=f"{SIZES[size]}: {figure.name}")


def _at(bench: Bench, size: int) -> Iterator[Figure]:
    with Daemon() as daemon:
        loaded = daemon.post_agents(far_away(bench.receiver, size))
        bare = size / bench.pace.per_second
        load = at_most("load", loaded, "s", 1.3, floor=bare)
        yield load if size == 10_000 else load._replace(promise="", kept=None)
        yield Figure("memory while loading, peak", daemon.usage().peak, "MB")
        daemon.stop()
        yield Figure("the store", daemon.store_bytes() / size, "bytes each")
        daemon.start()
        yield at_most("start to ready", daemon.ready_after, "s", 2, floor=bench.interpreter)
        yield from _idle(daemon, bench.pick(full=20, quick=3))
        yield from _calls(daemon, bench, size)


def _idle(daemon: Daemon, seconds: int) -> Iterator[Figure]:
    time.sleep(1)
    before = daemon.usage()
    time.sleep(seconds)
    after = daemon.usage()
    yield at_most("memory", after.rss, "MB", 150)
    yield at_most("idle CPU", _share(before, after), "%", 1)


def _share(before: Usage, after: Usage) -> float:
    return (after.cpu - before.cpu) / (after.at - before.at) * 100


def _calls(daemon: Daemon, bench: Bench, size: int) -> Iterator[Figure]:
    new = list(far_away(bench.receiver, size + TRIES))[size:]
    adding = [_timed(partial(daemon.call, "POST", "/agents", agent)) for agent in new]
    yield at_most("adding one, p50", percentile(adding, 0.5), "ms", 10, floor=bench.interpreter * 1000)
    after = f"far{size // 2}"
    pages = [_timed(partial(daemon.call, "GET", f"/agents?limit=100&after={after}")) for _ in range(TRIES)]
    yield Figure("a page of 100 agents, p50", percentile(pages, 0.5), "ms")
    fires = [_timed(partial(daemon.call, "GET", "/schedules/upcoming?limit=100")) for _ in range(TRIES)]
    yield Figure("the next 100 fires, p50", percentile(fires, 0.5), "ms")


def _timed(call: partial[object]) -> float:
    begun = time.perf_counter()
    call()
    return (time.perf_counter() - begun) * 1000
