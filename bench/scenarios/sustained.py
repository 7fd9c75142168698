"""Sustained: the highest rate of durable fires that is held without a growing backlog.

Every schedule is due once a second, at one of a hundred moments of it. A rate is held when every slot ran,
and lateness at the end is what it was at the beginning.
"""

from collections.abc import Iterator

from bench.agents import spread
from bench.context import Bench
from bench.figures import Figure, at_least, at_most, percentile
from bench.watch import Window, watch

GROWTH = 50.0
"""Milliseconds by which lateness may differ between the first and the last third."""
LONGEST = 1000.0
"""Milliseconds of lateness beyond which a rate is not held."""


def measure(bench: Bench) -> Iterator[Figure]:
    """Double until it breaks, halve the gap a few times, then hold the best for long."""
    rate, window = _highest(bench)
    posts = bench.floors.get("posts")
    yield at_least("durable fires, held", rate, "/s", 25_000, floor=posts)
    if window is not None:
        yield Figure("held for", window.seconds, "s")
        yield at_most("CPU per durable fire", window.cpu_per_fire, "µs", 45, floor=bench.floors.get("cpu"))
        yield Figure("late p50", window.late(0.5), "ms")
        yield Figure("late p99", window.late(0.99), "ms")
        yield Figure("memory, peak", window.usage.peak, "MB")
        yield at_most("faults", window.verdict.faults, "", 0)


def _highest(bench: Bench) -> tuple[int, Window | None]:
    low, high = _bracket(bench)
    for _ in range(bench.pick(full=3, quick=1)):
        middle = (low + high) // 2
        low, high = (middle, high) if _held(_probe(bench, middle)) else (low, middle)
    for share in (1.0, 0.93, 0.86, 0.8, 0.7):
        window = _probe(bench, int(low * share), bench.pick(full=30, quick=5))
        if _held(window):
            return int(low * share), window
    return 0, None


def _bracket(bench: Bench) -> tuple[int, int]:
    """A rate that is held, and one that is not."""
    rate = 2000
    while rate < 64_000 and _held(_probe(bench, rate * 2)):
        rate *= 2
    return rate, rate * 2


def _probe(bench: Bench, rate: int, seconds: int | None = None) -> Window:
    seconds = seconds or bench.pick(full=6, quick=3)
    window = watch(bench, list(spread(bench.receiver, rate, steps=100)), seconds)
    came, late = len(window.arrivals) / window.seconds, window.late(0.99)
    held = "held" if _held(window) else "not held"
    bench.note(f"{rate}/s: {came:.0f}/s came, p99 {late:.0f} ms late, {window.verdict} → {held}")
    return window


def _held(window: Window) -> bool:
    third = (window.until - window.since) // 3
    first = [each.lateness for each in window.arrivals if each.slot <= window.since + third]
    last = [each.lateness for each in window.arrivals if each.slot > window.until - third]
    growth = percentile(last, 0.9) - percentile(first, 0.9)
    exact = not window.verdict.skipped and not window.verdict.faults
    return exact and growth < GROWTH and window.late(0.99) < LONGEST
