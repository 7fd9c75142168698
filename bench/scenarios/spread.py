"""Spread: 1 000 fires a second, one each millisecond; and a single schedule that is alone."""

from collections.abc import Iterator

from bench.agents import every_second
from bench.agents import spread as spread_agents
from bench.context import Bench
from bench.figures import Figure, at_most, beside
from bench.watch import watch

RATE = 1000


def measure(bench: Bench) -> Iterator[Figure]:
    """Lateness without a crowd."""
    seconds = bench.pick(full=30, quick=3)
    window = watch(bench, list(spread_agents(bench.receiver, RATE)), seconds)
    yield at_most("1000/s spread: late p50", window.late(0.5), "ms", 2)
    yield at_most("1000/s spread: late p99", window.late(0.99), "ms", 10)
    yield beside("1000/s spread: CPU per fire", window.cpu_per_fire, "µs", bench.pace.cpu)
    yield at_most("1000/s spread: faults and skips", window.verdict.faults + window.verdict.skipped, "", 0)
    alone = watch(bench, list(every_second(bench.receiver, 1)), bench.pick(full=60, quick=4))
    yield Figure("alone: fires", len(alone.arrivals))
    yield Figure("alone: late p50", alone.late(0.5), "ms")
    yield at_most("alone: late p99", alone.late(0.99), "ms", 3)
