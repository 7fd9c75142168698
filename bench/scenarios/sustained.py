"""Sustained: the highest rate of durable fires that is held without a growing backlog.

Every schedule is due once a second, at one of a hundred moments of it. A rate is held when every slot ran,
and lateness at the end is what it was at the beginning.
"""

from collections.abc import Iterator

from bench.agents import spread
from bench.context import Bench
from bench.figures import Figure, at_least, at_most, percentile
from bench.watch import Window, watch

LOWEST = 4000
HIGHEST = 64_000
GROWTH = 50.0
"""Milliseconds by which lateness may differ between the first and the last third."""
LONGEST = 1000.0
"""Milliseconds of lateness beyond which a rate is not held."""


def measure(bench: Bench) -> Iterator[Figure]:
    """Raise it until it breaks, halve the gap, then hold the best for long."""
    rate, window = _highest(bench)
    if window is not None and not bench.quick:
        rate, window = _hold(bench, rate)
    yield at_least("durable fires, held", rate, "/s", 25_000, floor=bench.pace.per_second)
    if window is not None:
        yield Figure("held for", window.seconds, "s")
        yield at_most("CPU per durable fire", window.cpu_per_fire, "µs", 45, floor=bench.pace.cpu)
        yield Figure("late p50", window.late(0.5), "ms")
        yield Figure("late p99", window.late(0.99), "ms")
        yield Figure("memory, peak", window.usage.peak, "MB")
        yield at_most("faults", window.verdict.faults, "", 0)


def _highest(bench: Bench) -> tuple[int, Window | None]:
    """By short probes, the highest rate that is held; in short, that of a coarse ladder."""
    low, high, best = 0, bench.pick(full=LOWEST, quick=LOWEST * 3 // 2), None
    while high <= HIGHEST and _held(window := _probe(bench, high)):
        low, high, best = high, bench.pick(full=high * 2, quick=high * 5 // 3), window
    for _ in range(bench.pick(full=4, quick=0 if best else 1)):
        middle = (low + high) // 2
        if _held(window := _probe(bench, middle)):
            low, best = middle, window
        else:
            high = middle
    return low, best


def _hold(bench: Bench, highest: int) -> tuple[int, Window | None]:
    """The highest rate that is held for long; it may be a little lower than that of short probes."""
    for percent in (100, 93, 86, 80, 70, 60):
        rate = highest * percent // 100
        if _held(window := _probe(bench, rate, seconds=30)):
            return rate, window
    return 0, None


def _probe(bench: Bench, rate: int, seconds: int | None = None) -> Window:
    seconds = seconds or bench.pick(full=6, quick=2)
    window = watch(bench, list(spread(bench.receiver, rate, steps=100)), seconds, chances=1)
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
