"""Limits: what the machine allows without any scheduler; everything else is to be read against it."""

from collections.abc import Iterator

from bench.context import Bench
from bench.figures import Figure
from bench.floor import receiver_limit


def measure(bench: Bench) -> Iterator[Figure]:
    """The receiver's own limit, and a bare client's."""
    posts = bench.pick(full=200_000, quick=50_000)
    yield Figure("the receiver answers, pipelined", receiver_limit(bench.receiver, posts), "/s")
    yield Figure("a bare client posts", bench.pace.per_second, "/s")
    yield Figure("a bare client's CPU per post", bench.pace.cpu, "µs")
