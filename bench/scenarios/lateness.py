"""Lateness: N schedules due at each whole second; from the slot to the arrival, beside the burst floor."""

from collections.abc import Iterator
from typing import NamedTuple

from bench import floor
from bench.agents import every_second
from bench.context import Bench
from bench.figures import Figure, at_most, beside, percentile
from bench.watch import Window, watch

FULL = (100, 500, 1000, 2000, 5000, 10_000)
QUICK = (1000, 5000)


class Floor(NamedTuple):
    """What a bare client does with the same number of posts, in ms."""

    p50: float
    p99: float


def measure(bench: Bench) -> Iterator[Figure]:
    """Every size on a fresh daemon."""
    for count in QUICK if bench.quick else FULL:
        yield from _at(bench, count)


def _at(bench: Bench, count: int) -> Iterator[Figure]:
    seconds = bench.pick(full=20, quick=2)
    bare = floor.burst(bench.receiver, count, times=seconds)
    limit = Floor(percentile(bare, 0.5), percentile(bare, 0.99))
    window = watch(bench, list(every_second(bench.receiver, count)), seconds)
    bench.note(f"{count}: {window.verdict}")
    yield Figure(f"{count}: burst floor p99", limit.p99, "ms")
    yield beside(f"{count}: late p50", window.late(0.5), "ms", limit.p50)
    late = beside(f"{count}: late p99", window.late(0.99), "ms", limit.p99, most=2)
    peer = bench.peer.get(count)
    yield late._replace(peer=late.value / peer if peer else None)
    yield Figure(f"{count}: late max", window.late(1.0), "ms")
    yield at_most(f"{count}: faults and skips", window.verdict.faults + window.verdict.skipped, "", 0)
    yield from _breakdown(count, window)
    yield beside(f"{count}: CPU per fire", window.cpu_per_fire, "µs", bench.pace.cpu)


def _breakdown(count: int, window: Window) -> Iterator[Figure]:
    """Where the time goes: until the request is written, and from there to the receiver."""
    waits, trips = window.parts()
    yield Figure(f"{count}: of it until written, p99", percentile(waits, 0.99), "ms")
    yield Figure(f"{count}: from written to arrival, p99", percentile(trips, 0.99), "ms")
