"""Limits: what the machine allows without any scheduler; everything else is to be read against it."""

from collections.abc import Iterator

from bench import floor
from bench.context import Bench
from bench.figures import Figure


def measure(bench: Bench) -> Iterator[Figure]:
    """The receiver's own limit, and a bare client's."""
    posts = bench.pick(full=200_000, quick=50_000)
    limit = floor.receiver_limit(bench.receiver, posts)
    yield Figure("the receiver answers, pipelined", limit, "/s")
    paced = floor.pace(bench.receiver, posts)
    bench.floors |= {"posts": paced.per_second, "cpu": paced.cpu}
    yield Figure("a bare client posts", paced.per_second, "/s")
    yield Figure("a bare client's CPU per post", paced.cpu, "µs")
