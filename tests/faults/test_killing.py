"""A daemon that is killed, at any moment, loses no slot, doubles none, and starts none early."""

import random
import time
from pathlib import Path

from faults.stories import agents, judge, moment, post
from living import Daemon, Receiver
from pypes.clock import SECOND

AGENTS = 50
DIED = "the daemon died while running it"


def kill(daemon: Daemon, within: float) -> None:
    """Kill it at a random moment from now on."""
    time.sleep(random.uniform(0, within))
    daemon.kill()


def test_kills_at_random_moments_lose_and_double_nothing(home: Path) -> None:
    with Receiver().listening() as receiver, Daemon(home).running() as daemon:
        bodies = agents(AGENTS, receiver.url)
        since = post(daemon, bodies)
        while moment() < since + 3 * SECOND:
            kill(daemon, within=0.8)
            daemon.start()
        verdict = judge(daemon, {receiver: bodies}, since=since)
        assert verdict.breaches == {}
        assert verdict.slots >= 3 * AGENTS
        assert daemon.stop() == 0


def test_kills_twice_within_200_ms_and_during_the_start_itself_lose_and_double_nothing(home: Path) -> None:
    with Receiver().listening() as receiver, Daemon(home).running() as daemon:
        bodies = agents(AGENTS, receiver.url)
        since = post(daemon, bodies)
        for _ in range(2):
            kill(daemon, within=0.5)
            for _ in range(2):
                daemon.begin()
                kill(daemon, within=0.25)
            daemon.start()
            kill(daemon, within=0.2)
            daemon.start()
        verdict = judge(daemon, {receiver: bodies}, since=since)
        assert verdict.breaches == {}
        assert daemon.stop() == 0


def test_kills_while_a_receiver_hangs_send_its_runs_again_and_hold_up_nobody(home: Path) -> None:
    with (
        Receiver().listening() as hanging,
        Receiver().listening() as receiver,
        Daemon(home).running() as daemon,
    ):
        hung, lively = agents(20, hanging.url, prefix="hung"), agents(30, receiver.url)
        hanging.gate.clear()
        since = post(daemon, hung + lively)
        hanging.wait_for(len(hung))
        for _ in range(3):
            kill(daemon, within=0.4)
            daemon.start()
        hanging.gate.set()
        verdict = judge(daemon, {hanging: hung, receiver: lively}, since=since)
        rows = daemon.rows()
        assert verdict.breaches == {}
        assert verdict.repeated >= len(hung)
        assert {row["reason"] for row in rows if row["state"] == "failed"} <= {DIED}
        assert not [row for row in rows if row["reason"] == DIED and not row["agent"].startswith("hung")]
        assert daemon.stop() == 0
