"""A receiver that goes away and comes back: every slot has its row, and none is delivered twice."""

from pathlib import Path

from faults.checking import check
from faults.stories import agents, eventually, judge, names, post, slot_of, wait_for_slots_after
from living import Arrival, Daemon, Receiver
from pypes.instants import parse_instant


def all_recorded(daemon: Daemon, arrivals: list[Arrival]) -> None:
    """Wait until each is answered and recorded: no connection is cut in the middle of an answer."""
    eventually(lambda: len(daemon.rows(state="succeeded")) == len(arrivals))


def test_slots_fail_while_the_receiver_is_away_and_only_then(home: Path) -> None:
    with Daemon(home).running() as daemon:
        with Receiver().listening() as first:
            bodies = agents(20, first.url)
            since = post(daemon, bodies)
            wait_for_slots_after(first, bodies, since)
            all_recorded(daemon, first.arrivals)
        with Receiver(first.port).listening() as second:  # between two slots: that costs none
            newest = slot_of(wait_for_slots_after(second, bodies, since)[-1])
            all_recorded(daemon, first.arrivals + second.arrivals)
        daemon.wait_for_log("failed: ")
        with Receiver(first.port).listening() as third:
            until = judge(daemon, {third: bodies}, since=since).until
            arrivals, rows = first.arrivals + second.arrivals + third.arrivals, daemon.rows()
        verdict = check(arrivals, rows, agents=names(bodies), since=since, until=until)
        assert verdict.breaches == {}
        assert verdict.repeated == 0
        back = {each.headers["agent"]: slot_of(each) for each in reversed(third.arrivals)}
        failed = [row for row in rows if row["state"] == "failed"]
        assert failed
        assert all(newest < parse_instant(row["slot"]) < back[row["agent"]] for row in failed)
