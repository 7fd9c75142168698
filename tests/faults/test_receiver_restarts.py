"""A receiver that goes away and comes back: every slot has its row, and none is delivered twice."""

from pathlib import Path

from faults.checking import check
from faults.stories import agents, judge, names, post, slot_of, wait_for_slots_after
from living import Daemon, Receiver
from pypes.clock import SECOND
from pypes.instants import parse_instant


def test_slots_fail_while_the_receiver_is_away_and_only_then(home: Path) -> None:
    with Daemon(home).running() as daemon:
        with Receiver().listening() as before:
            bodies = agents(20, before.url)
            since = post(daemon, bodies)
            wait_for_slots_after(before, bodies, since)
        daemon.wait_for_log("failed: ")
        with Receiver(before.port).listening() as after:
            until = judge(daemon, {after: bodies}, since=since).until
            arrivals, rows = before.arrivals + after.arrivals, daemon.rows()
        verdict = check(arrivals, rows, agents=names(bodies), since=since, until=until)
        assert verdict.breaches == {}
        assert verdict.repeated == 0
        back = {each.headers["agent"]: slot_of(each) for each in reversed(after.arrivals)}
        failed = [row for row in rows if row["state"] == "failed"]
        assert failed
        assert all(parse_instant(row["slot"]) < back[row["agent"]] for row in failed)


def test_a_receiver_that_is_restarted_between_two_slots_costs_none(home: Path) -> None:
    with Daemon(home).running() as daemon:
        with Receiver().listening() as before:
            bodies = agents(20, before.url)
            since = post(daemon, bodies)
            newest = slot_of(wait_for_slots_after(before, bodies, since + SECOND)[-1])
        with Receiver(before.port).listening() as after:
            wait_for_slots_after(after, bodies, newest)
            arrivals, rows = before.arrivals + after.arrivals, daemon.rows()
        verdict = check(arrivals, rows, agents=names(bodies), since=since, until=newest + SECOND)
        assert verdict.breaches == {}
        assert verdict.repeated == 0
        assert not [row for row in rows if row["state"] in {"failed", "skipped"} or len(row["attempts"]) > 1]
