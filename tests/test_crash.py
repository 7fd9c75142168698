"""A daemon that is killed loses no slot and doubles none: the receiver's log and the ledger prove it."""

from pathlib import Path
from typing import Any

from living import Daemon, Receiver
from pypes.clock import SECOND
from pypes.instants import parse_instant

AGENTS = 20
KILLS = 4


def slots_of(row: dict[str, Any]) -> list[int]:
    """The slots of an every-second schedule that a row covers."""
    first, last = parse_instant(row.get("from", row["slot"])), parse_instant(row.get("to", row["slot"]))
    return list(range(first, last + 1, SECOND))


def test_no_slot_is_missing_or_doubled_after_kills_at_any_moment(home: Path) -> None:
    with Receiver().listening() as receiver, Daemon(home).running() as daemon:
        cron = {
            "type": "cron",
            "expression": "* * * * * *",
            "action": {"type": "webhook", "url": receiver.url},
        }
        agents = [{"name": f"agent-{number}", "actions": [cron]} for number in range(AGENTS)]
        assert daemon.call("POST", "/agents", agents).json() == {"records_created": AGENTS}
        for kill in range(1, KILLS + 1):
            receiver.wait_for(len(receiver.arrivals) + AGENTS + 7 * kill)
            daemon.kill()
            daemon.start()
        receiver.wait_for(len(receiver.arrivals) + 2 * AGENTS)
        assert daemon.stop() == 0
        daemon.start()

        for agent in agents:
            rows = [row for row in daemon.rows(agent=agent["name"]) if row["state"] != "waiting"]
            covered = sorted(slot for row in rows for slot in slots_of(row))
            assert covered == list(range(covered[0], covered[-1] + 1, SECOND))
            delivered = {arrival.run for arrival in receiver.arrivals}
            assert {row["id"] for row in rows if row["state"] == "succeeded"} <= delivered
            assert {row["state"] for row in rows} <= {"succeeded", "skipped", "running"}
        assert daemon.stop() == 0
