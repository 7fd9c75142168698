"""A stop while requests are under way: they end and are recorded; what is cut is sent again."""

import re
from pathlib import Path

from faults.stories import agents, judge, post
from living import Daemon, Receiver

AGENTS = 20
IMPATIENT = "import pypes.engine.engine as engine; engine.STOP_PATIENCE = 0.3"
"""A daemon that waits 0.3 seconds for what is under way, where it would wait 10."""


def test_what_is_under_way_at_a_stop_ends_and_is_recorded_and_never_sent_again(home: Path) -> None:
    with Receiver().listening() as receiver, Daemon(home).running() as daemon:
        bodies = agents(AGENTS, receiver.url)
        receiver.gate.clear()
        since = post(daemon, bodies)
        under_way = {arrival.run for arrival in receiver.wait_for(AGENTS)}
        daemon.process.terminate()
        receiver.gate.set()
        assert daemon.stop() == 0
        daemon.start()
        verdict = judge(daemon, {receiver: bodies}, since=since)
        rows = {row["id"]: row for row in daemon.rows()}
        assert verdict.breaches == {}
        assert verdict.repeated == 0
        assert {rows[run]["state"] for run in under_way} == {"succeeded"}
        assert {len(rows[run]["attempts"]) for run in under_way} == {1}


def test_what_is_cut_at_a_stop_is_counted_and_sent_again_under_the_same_id(home: Path) -> None:
    with Receiver().listening() as receiver, Daemon(home, prelude=IMPATIENT).running() as daemon:
        bodies = agents(AGENTS, receiver.url)
        receiver.gate.clear()
        since = post(daemon, bodies)
        under_way = {arrival.run for arrival in receiver.wait_for(AGENTS)}
        assert daemon.stop() == 0
        said = re.search(r"(\d+) request\(s\) were cut; they are sent again", daemon.log.read_text())
        assert said is not None
        assert int(said[1]) == AGENTS
        receiver.gate.set()
        daemon.start()
        verdict = judge(daemon, {receiver: bodies}, since=since)
        rows = {row["id"]: row for row in daemon.rows()}
        assert verdict.breaches == {}
        assert verdict.repeated == AGENTS
        assert {rows[run]["state"] for run in under_way} == {"succeeded"}
        assert daemon.stop() == 0
