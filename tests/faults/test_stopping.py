"""A stop while requests are under way: they end and are recorded; what is cut is sent again."""

import re
from pathlib import Path

from faults.stories import agents, judge, post
from living import Daemon, Receiver

AGENTS = 20
IMPATIENT = "import pypes.engine.engine as engine; engine.STOP_PATIENCE = 0.5"
"""A daemon that waits half a second for what is under way, where it would wait ten."""


def test_a_stop_records_what_ends_in_time_and_cuts_what_does_not_which_is_sent_again(home: Path) -> None:
    with (
        Receiver().listening() as slow,
        Receiver().listening() as hanging,
        Daemon(home, prelude=IMPATIENT).running() as daemon,
    ):
        slow.gate.clear()
        hanging.gate.clear()
        ending, hung = agents(AGENTS, slow.url), agents(AGENTS, hanging.url, prefix="hung")
        since = post(daemon, ending + hung)
        ended = {arrival.run for arrival in slow.wait_for(AGENTS)}
        cut = {arrival.run for arrival in hanging.wait_for(AGENTS)}
        daemon.process.terminate()
        slow.gate.set()
        assert daemon.stop() == 0
        said = re.search(r"(\d+) request\(s\) were cut; they are sent again", daemon.log.read_text())
        assert said is not None
        assert int(said[1]) == AGENTS

        hanging.gate.set()
        daemon.start()
        verdict = judge(daemon, {slow: ending, hanging: hung}, since=since)
        rows = {row["id"]: row for row in daemon.rows()}
        assert verdict.breaches == {}
        assert verdict.repeated == AGENTS
        assert all(sum(each.run == run for each in hanging.arrivals) == 2 for run in cut)
        assert {(rows[run]["state"], len(rows[run]["attempts"])) for run in ended | cut} == {("succeeded", 1)}
        assert daemon.stop() == 0
