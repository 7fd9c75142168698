"""Receivers as they are: slow answers, answers that never come, and one host that hangs beside a thousand."""

from collections.abc import Iterator
from typing import Any

from bench.agents import Agent, every
from bench.arrivals import Receiver
from bench.context import Bench
from bench.figures import Figure, at_most, beside
from bench.watch import watch

CROWD = 1000
HOSTS = 20
"""A thousand schedules post to so many hosts, where answers take long."""
IMPATIENT: dict[str, Any] = {"timeout": "2s", "retry": {"attempts": 1}}


def measure(bench: Bench) -> Iterator[Figure]:
    """Others are not late because somebody is slow."""
    if not bench.quick:
        with Receiver(HOSTS) as many:
            yield from _slow_hosts(Bench(many, bench.quick))
    with Receiver(CROWD + 1) as many:
        yield from _hanging_host(Bench(many, bench.quick))


def _slow_hosts(bench: Bench) -> Iterator[Figure]:
    calm = watch(bench, _crowd(bench, "/on", HOSTS), 20)
    slow = watch(bench, _crowd(bench, "/slow", HOSTS), 20)
    mixed = watch(bench, _crowd(bench, "/mixed", HOSTS), 20, patience=4.0)
    yield Figure("answers at once: late p99", calm.late(0.99), "ms")
    yield beside("answers in 50 ms: late p99", slow.late(0.99), "ms", calm.late(0.99))
    yield beside("1 in 100 never answers: late p99", mixed.late(0.99), "ms", calm.late(0.99))
    yield at_most("faults", slow.verdict.faults + mixed.verdict.faults, "", 0)


def _hanging_host(bench: Bench) -> Iterator[Figure]:
    """A thousand hosts, and one more that takes every request and never answers."""
    seconds = bench.pick(full=20, quick=4)
    agents = _crowd(bench, "/on", CROWD)
    calm = watch(bench, agents, seconds)
    hanging = [every(f"h{number}", bench.receiver.url(f"/hang/{number}", CROWD)) for number in range(100)]
    beset = watch(bench, agents + hanging, seconds)
    before, after = calm.late_in_a_second(0.99), beset.late_in_a_second(0.99, "/on")
    yield Figure("1000 hosts: late p99, median second", before, "ms")
    yield beside("beside a host that hangs: the same", after, "ms", before, most=1.5)
    yield at_most("beside a host that hangs: faults", beset.verdict.faults, "", 0)


def _crowd(bench: Bench, path: str, hosts: int) -> list[Agent]:
    return [
        every(f"a{number}", bench.receiver.url(f"{path}/{number}", number % hosts), **IMPATIENT)
        for number in range(CROWD)
    ]
