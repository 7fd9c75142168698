"""A clock that is set while the daemon runs: forward is no flood, backward repeats nothing."""

import mmap
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from faults.checking import check
from faults.stories import agent, agents, names, post, slot_of, wait_for_slots_after
from living import Daemon, Receiver
from pypes.clock import SECOND

HOUR = 3600 * SECOND

PRELUDE = """
import mmap, struct, time
from pypes.clock import SystemClock
with open({path!r}, "rb") as file:
    step = mmap.mmap(file.fileno(), 8, access=mmap.ACCESS_READ)
SystemClock.now = lambda self: time.time_ns() // 1000 + struct.unpack("q", step[:8])[0]
"""
"""A daemon whose wall clock is so many microseconds ahead as a file says: only clock.py reads clocks."""


class Steps:
    """The clock of such a daemon, and of its receiver."""

    def __init__(self, path: Path, receiver: Receiver) -> None:
        self.path = path
        self.receiver = receiver
        self.path.write_bytes(bytes(8))

    def to(self, ahead: int) -> None:
        """Set the clock, for both: from now on it is so far ahead of the machine's."""
        with self.path.open("r+b") as file, mmap.mmap(file.fileno(), 8) as shared:
            self.receiver.ahead = ahead
            shared[:8] = struct.pack("q", ahead)


@contextmanager
def stepped(home: Path) -> Iterator[tuple[Receiver, Daemon, Steps]]:
    path = home / "step"
    with Receiver().listening() as receiver:
        steps = Steps(path, receiver)
        with Daemon(home, prelude=PRELUDE.format(path=str(path))).running() as daemon:
            yield receiver, daemon, steps


def test_a_clock_that_is_set_two_hours_forward_is_no_flood(home: Path) -> None:
    with stepped(home) as (receiver, daemon, steps):
        everything = agent("all", receiver.url, catchup="all", catchup_limit=30)
        newest, none = agents(10, receiver.url), agents(10, receiver.url, prefix="none", catchup="none")
        bodies = [*newest, *none, everything]
        since = post(daemon, bodies)
        last = slot_of(wait_for_slots_after(receiver, bodies, since)[-1])
        steps.to(2 * HOUR)
        arrivals = wait_for_slots_after(receiver, bodies, last + 2 * HOUR)
        until = max(map(slot_of, arrivals)) - SECOND

        verdict = check(arrivals, daemon.rows(), agents=names(bodies), since=since, until=until)
        assert verdict.breaches == {}
        assert verdict.slots >= 21 * 7200
        assert verdict.repeated == 0
        jumped = [each for each in arrivals if last + SECOND < slot_of(each) <= last + 2 * HOUR - SECOND]
        assert {each.headers["agent"] for each in jumped} <= {"all"}
        assert [slot_of(each) for each in jumped] == sorted({slot_of(each) for each in jumped})
        assert 25 <= len(jumped) <= 30


def test_a_clock_that_is_set_two_hours_back_repeats_nothing(home: Path) -> None:
    with stepped(home) as (receiver, daemon, steps):
        bodies = agents(20, receiver.url)
        since = post(daemon, bodies)
        last = slot_of(wait_for_slots_after(receiver, bodies, since)[-1])
        steps.to(-2 * HOUR)
        post(daemon, agents(5, receiver.url, prefix="new"))
        arrivals = wait_for_slots_after(receiver, agents(5, receiver.url, prefix="new"), last - 2 * HOUR)
        assert (
            max(slot_of(each) for each in arrivals if each.headers["agent"] in names(bodies)) <= last + SECOND
        )
        steps.to(0)
        arrivals = wait_for_slots_after(receiver, bodies, last + SECOND)
        until = max(map(slot_of, arrivals)) - SECOND
        verdict = check(arrivals, daemon.rows(), agents=names(bodies), since=since, until=until)
        assert verdict.breaches == {}
        assert verdict.repeated == 0
