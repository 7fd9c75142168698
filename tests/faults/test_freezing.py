"""A daemon that is frozen, as by a suspend: what passed meanwhile is late or missed by the rules, once."""

import signal
import time
from collections import Counter
from pathlib import Path

from faults.checking import slots_of
from faults.stories import agents, judge, moment, post, wait_for_slots_after
from living import Daemon, Receiver
from pypes.clock import SECOND

FROZEN = 3.3


def test_slots_that_pass_while_the_daemon_is_frozen_are_decided_once_and_by_the_rules(home: Path) -> None:
    with Receiver().listening() as receiver, Daemon(home).running() as daemon:
        bodies = [
            each
            for catchup in ("last", "none", "all")
            for each in agents(10, receiver.url, prefix=catchup, catchup=catchup)
        ]
        since = post(daemon, bodies)
        wait_for_slots_after(receiver, bodies, since)
        daemon.process.send_signal(signal.SIGSTOP)
        frozen = moment()
        time.sleep(FROZEN)  # the fault itself
        thawed = moment()
        daemon.process.send_signal(signal.SIGCONT)
        verdict = judge(daemon, {receiver: bodies}, since=since)
        assert verdict.breaches == {}
        assert verdict.repeated == 0

        missed = Counter(slot for row in daemon.rows() if row["reason"] == "missed" for slot in slots_of(row))
        passed = range(frozen + 2 * SECOND - frozen % SECOND, thawed - SECOND, SECOND)
        assert len(passed) >= 1
        assert all(frozen < slot < thawed for _, slot in missed)
        for number in range(10):
            assert all(missed[f"none-{number}", slot] for slot in passed)
            assert sum(not missed[f"last-{number}", slot] for slot in passed) <= 1
            assert not any(missed[f"all-{number}", slot] for slot in passed)
