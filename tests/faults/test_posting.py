"""Agents that are posted while others fire: no slot moves, is dropped or comes twice."""

import json
import random
import threading
import time
from http.client import HTTPException
from pathlib import Path

from faults.stories import agents, judge, lateness, moment, post, wait_for_slots_after
from living import Daemon, Receiver
from pypes.clock import SECOND

NDJSON = "application/x-ndjson"


def test_a_hundred_posts_of_the_same_and_of_other_agents_move_no_slot(home: Path) -> None:
    with Receiver().listening() as receiver, Daemon(home).running() as daemon:
        bodies = agents(50, receiver.url)
        others = agents(50, "http://127.0.0.1:9/", prefix="other")
        since = post(daemon, bodies)
        round_ = 0
        while round_ < 100 or moment() < since + SECOND:
            other = {**others[round_ % 50], "inputs": [round_]}
            post(daemon, [bodies[round_ % 50], other] if round_ % 2 else bodies)
            round_ += 1
        verdict = judge(daemon, {receiver: bodies}, since=since)
        assert verdict.breaches == {}
        assert verdict.slots >= 50
        assert verdict.repeated == 0
        rows = [row for row in daemon.rows() if row["agent"].startswith("agent-")]
        assert {row["state"] for row in rows} <= {"succeeded", "running", "waiting"}


def test_a_bulk_load_of_5_000_agents_costs_the_others_no_slot_and_little_time(home: Path) -> None:
    with Receiver().listening() as receiver, Daemon(home).running() as daemon:
        bodies = agents(50, receiver.url)
        yearly = {
            "type": "cron",
            "expression": "0 0 1 1 *",
            "action": {"type": "webhook", "url": receiver.url},
        }
        lines = [json.dumps({"name": f"bulk-{number}", "actions": [yearly]}) for number in range(5000)]
        since = post(daemon, bodies)
        wait_for_slots_after(receiver, bodies, since)
        answer = daemon.call("POST", "/agents", "\n".join(lines).encode(), NDJSON)
        assert answer.json() == {"records_created": 5000}
        verdict = judge(daemon, {receiver: bodies}, since=since)
        assert verdict.breaches == {}
        assert verdict.repeated == 0
        assert lateness(receiver.arrivals, since)[-1] < 0.5


def test_a_bulk_load_that_is_killed_is_there_whole_or_not_at_all(home: Path) -> None:
    lines = [json.dumps({"name": f"bulk-{number}", "inputs": [number]}) for number in range(6000)]
    body = "\n".join(lines).encode()
    with Daemon(home).running() as daemon:
        for within in (0.3, 0.6, 1.2):
            answered: list[int] = []

            def post_all(answered: list[int] = answered) -> None:
                try:
                    answered.append(daemon.call("POST", "/agents", body, NDJSON).status)
                except (OSError, HTTPException):
                    answered.append(0)

            posting = threading.Thread(target=post_all)
            posting.start()
            time.sleep(random.uniform(0, within))
            daemon.kill()
            posting.join()
            daemon.start()
            found = len(daemon.call("GET", "/agents").json())
            assert found in ({6000} if answered == [200] else {0, 6000})
            for start in range(0, found, 1000):
                for number in range(start, start + 1000, 250):
                    assert daemon.call("GET", f"/agents/bulk-{number}").json()["inputs"] == [number]
        assert daemon.stop() == 0
