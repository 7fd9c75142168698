"""A full disk: nothing fires that cannot be recorded; all goes on by itself when there is room again."""

from pathlib import Path

from faults.disks import Disk, small_disk
from faults.stories import agents, eventually, judge, moment, post, slot_of, wait_for_slots_after
from living import Daemon, Receiver
from pypes.clock import SECOND
from pypes.engine.claiming import QUANTUM
from pypes.model.schedule import LOOK_AHEAD

SENTENCE = "is full: free some space"


def fill(disk: Disk, daemon: Daemon) -> None:
    """Leave no room, and wait until the daemon has noticed."""
    disk.fill(daemon)
    eventually(lambda: daemon.call("GET", "/readyz").status == 503)


def test_on_a_full_disk_nothing_fires_unrecorded_and_all_goes_on_by_itself(
    home: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with (
        small_disk(home) as disk,
        Receiver().listening() as receiver,
        Daemon(home, log=log).running() as daemon,
    ):
        bodies = agents(20, receiver.url)
        since = post(daemon, bodies)
        wait_for_slots_after(receiver, bodies, since)
        fill(disk, daemon)
        full_at = moment()
        problems = daemon.call("GET", "/readyz").json()["problems"]
        assert all(SENTENCE in problem for problem in problems.values())

        before = daemon.call("GET", "/agents").body
        for method, path, body in [
            ("POST", "/agents", agents(100, receiver.url, prefix="new")),
            ("POST", "/agents", agents(1, receiver.url, prefix="new")[0]),
            ("POST", "/agents", bodies[0] | {"actions": [], "inputs": [1]}),
            ("DELETE", "/agents/agent-1", None),
            ("POST", "/agents/agent-2/inputs", {"kind": "email"}),
            ("POST", "/agents/agent-3/pause", {"note": "never"}),
            ("POST", "/agents/agent-4/run?fire=true", None),
        ]:
            answer = daemon.call(method, path, body)
            assert answer.status == 503, (method, path)
            assert SENTENCE in answer.json()["detail"]
        assert daemon.call("GET", "/agents").body == before
        assert daemon.call("GET", "/schedules?state=paused").json()["items"] == []

        eventually(lambda: moment() > full_at + 2 * SECOND - QUANTUM)
        freed_at = moment()
        disk.free(daemon)
        eventually(lambda: daemon.call("GET", "/readyz").status == 200)
        verdict = judge(daemon, {receiver: bodies}, since=since)
        assert verdict.breaches == {}
        assert verdict.repeated == 0
        claimed = full_at + LOOK_AHEAD + QUANTUM  # while there was room: sent, however late
        assert not [each for each in receiver.arrivals if each.at < freed_at and slot_of(each) > claimed]
        said = log.read_text()
        times = [said.count(f"[{who}] the disk that holds") for who in ("scheduler", "recorder")]
        assert max(times) == disk.lines
        assert max(said.count("claims again"), said.count("records again")) == 1

        fill(disk, daemon)
        daemon.kill()
        if disk.is_shared:
            daemon.begin()
            assert daemon.process.wait(30) == 3
            assert SENTENCE in log.read_text().splitlines()[-1]
            disk.free(daemon)
        daemon.start()
        assert judge(daemon, {receiver: bodies}, since=since).breaches == {}
