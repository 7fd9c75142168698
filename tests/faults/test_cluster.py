"""Daemons that share a store: killed, frozen, cut off, without a database, they lose and double nothing."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from bench.arrivals import Receiver
from bench.chaos import Outcome, agents, backfill_twice, daily, judge
from bench.cluster import NO_FENCE, NO_KEY, NO_LOCKS, QUICK_LEASE, SLOW, Cluster, Faults
from bench.daemon import Daemon, Refused
from bench.times import now

from faults.stories import eventually

TERM = 3.0
LEASE = 15.0
"""Seconds of a lease that nobody has made shorter."""
SCHEDULES = 40


@contextmanager
def living(
    daemons: int, prelude: str = "", *, lease: str = QUICK_LEASE
) -> Iterator[tuple[Cluster, Receiver]]:
    with Receiver() as receiver, Cluster(daemons, prelude=lease + prelude) as cluster:
        yield cluster, receiver


def tell(cluster: Cluster, receiver: Receiver, *kinds: str, warm: float = 1.0) -> Outcome:
    """Let these faults happen one after the other while schedules fire; what came of it."""
    posted = agents(receiver, SCHEDULES)
    cluster.daemons[0].post_agents([*posted, daily(receiver)])
    since = now()
    faults = Faults(cluster, term=TERM, luck=random.Random(7))
    for number, kind in enumerate(kinds):
        time.sleep(warm)
        faults.happen(kind)
        backfill_twice(cluster, number)
    faults.heal()
    return judge(cluster, receiver, posted, since=since, faults=faults.counts)


def refusal(daemon: Daemon, method: str, path: str, body: object = None) -> str:
    with pytest.raises(Refused) as caught:
        daemon.call(method, path, body)
    return str(caught.value)


def names(daemon: Daemon) -> list[str]:
    return [node["node"] for node in daemon.call("GET", "/nodes")["items"]]


def test_nothing_is_lost_and_nothing_doubled_whatever_happens() -> None:
    with living(3) as (cluster, receiver):
        outcome = tell(
            cluster,
            receiver,
            "kill -9",
            "freeze past the lease",
            "crash of the database",
            "connections cut",
            "network down past the lease",
            "restart of the database",
        )
        assert outcome.is_sound, list(outcome.lines())
        assert outcome.verdict.slots > 10 * SCHEDULES
        assert cluster.said().count("is given up") >= 2


def test_results_that_are_accepted_from_anybody_are_found_out() -> None:
    with living(2, NO_FENCE) as (cluster, receiver):
        faults = Faults(cluster, term=TERM, luck=random.Random(7))
        cluster.daemons[0].post_agents(agents(receiver, SCHEDULES))
        time.sleep(2.0)
        for _ in range(12):  # on a busy machine nothing may be under way at the moment of the freeze
            faults.freeze(cluster.busiest())
            time.sleep(0.5)
            if cluster.accepted_twice():
                break
        assert cluster.accepted_twice()


def test_two_daemons_that_decide_at_the_same_moment_decide_each_slot_once() -> None:
    with living(2, SLOW) as (cluster, receiver):
        outcome = tell(cluster, receiver, "connections cut")
        assert outcome.is_sound, list(outcome.lines())


def test_a_slot_that_is_backfilled_twice_is_found_out() -> None:
    with living(2, NO_KEY) as (cluster, receiver):
        cluster.drop_key()
        outcome = tell(cluster, receiver, "connections cut")
        assert outcome.verdict.doubled


def test_slots_that_are_decided_twice_are_found_out() -> None:
    with living(2, SLOW + NO_LOCKS + NO_KEY) as (cluster, receiver):
        cluster.drop_key()
        outcome = tell(cluster, receiver, "connections cut")
        assert outcome.verdict.doubled


def test_a_database_that_is_away_is_said_once_calls_answer_503_and_all_goes_on_by_itself() -> None:
    with living(2) as (cluster, receiver):
        first, second = cluster.daemons
        posted = agents(receiver, SCHEDULES)
        first.post_agents(posted)
        since = now()
        time.sleep(2.0)
        before = {daemon.port: len(daemon.said()) for daemon in cluster.daemons}
        cluster.server.stop()
        time.sleep(TERM)  # the fault itself
        for daemon in cluster.daemons:
            eventually(partial(_starts_nothing, daemon))
        assert "→ 503" in refusal(first, "POST", "/agents", {"name": "b"})
        assert "→ 503" in refusal(first, "GET", "/agents")
        assert first.call("GET", "/healthz") == {"ok": True}
        during = [daemon.said()[before[daemon.port] :] for daemon in cluster.daemons]
        cluster.server.start()
        eventually(lambda: _is_ready(first) and _is_ready(second))
        outcome = judge(cluster, receiver, posted, since=since, faults={})
        assert outcome.is_sound, list(outcome.lines())
        assert {agent["name"] for agent in second.call("GET", "/agents")} == {a["name"] for a in posted}
        for said in during:
            who = [line.split("]")[0] for line in said.splitlines() if "cannot be reached" in line]
            assert 1 <= len(who) == len(set(who)) <= 2, said
            assert said.count("nothing is started until they have") == 1


def _starts_nothing(daemon: Daemon) -> bool:
    return not _is_ready(daemon) and "nothing is started" in refusal(daemon, "GET", "/readyz")


def _is_ready(daemon: Daemon) -> bool:
    try:
        return bool(daemon.call("GET", "/readyz")["ready"])
    except Refused:
        return False


def test_an_agent_is_live_on_every_daemon_within_a_second_and_a_drained_one_leaves_it_to_the_others() -> None:
    with living(2) as (cluster, receiver):
        first, second = cluster.daemons
        nodes = names(first)
        assert names(second) == nodes[::-1]
        first.call("POST", "/nodes/drain", {"node": nodes[1]})
        eventually(lambda: second.call("GET", "/nodes")["items"][0]["state"] == "draining")
        first.call("POST", "/nodes/drain")
        since = now()
        second.post_agents(agents(receiver, 5))
        time.sleep(2.0)
        assert receiver.log() == []
        first.call("POST", "/nodes/drain", {"drain": False})
        outcome = judge(cluster, receiver, agents(receiver, 5), since=since, faults={})
        assert outcome.is_sound, list(outcome.lines())
        owners = {run["node"] for run in second.call("GET", "/runs?state=succeeded")["items"]}
        assert owners == {nodes[0]}
        assert "→ 404" in refusal(first, "POST", "/nodes/drain", {"node": "nobody"})


def test_a_daemon_that_stops_hands_over_at_once_and_leaves_no_trace() -> None:
    with living(2, lease="") as (cluster, receiver):
        first, second = cluster.daemons
        posted = agents(receiver, SCHEDULES)
        first.post_agents(posted)
        since = now()
        time.sleep(1.5)
        first.stop()
        assert len(names(second)) == 1
        outcome = judge(cluster, receiver, posted, since=since, faults={})
        assert outcome.is_sound
        assert outcome.longest_gap < LEASE / 2
