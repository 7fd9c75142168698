"""Definitions that were damaged in the database file: their agents stand still, everybody else goes on."""

import sqlite3
from pathlib import Path

from faults.stories import agents, judge, post, wait_for_slots_after
from living import Daemon, Receiver

POISONS: dict[str, str | bytes] = {
    "cut off": '{"type":"cron","expression":"* * *',
    "empty": "",
    "a kind of another version": '{"type":"moonrise","action":{"type":"webhook","url":"http://127.0.0.1:9/"}}',
    "a step where a trigger was": '{"type":"webhook","url":"http://127.0.0.1:9/"}',
    "a zone that is gone": '{"type":"cron","expression":"* * * * * *","timezone":"Atlantis/Capital",'
    '"action":{"type":"webhook","url":"http://127.0.0.1:9/"}}',
    "an expression that is no longer read": '{"type":"cron","expression":"every now and then",'
    '"action":{"type":"webhook","url":"http://127.0.0.1:9/"}}',
    "an address that is none": '{"type":"cron","expression":"* * * * * *",'
    '"action":{"type":"webhook","url":"http://"}}',
    "not even text": b"\xff\xfe\x00",
}


def test_a_damaged_definition_stops_its_own_agent_alone(home: Path) -> None:
    with Receiver().listening() as receiver, Daemon(home).running() as daemon:
        healthy, ill = agents(10, receiver.url), agents(len(POISONS), receiver.url, prefix="ill")
        since = post(daemon, healthy + ill)
        wait_for_slots_after(receiver, healthy + ill, since)
        assert daemon.stop() == 0
        poison(home, dict(zip((each["name"] for each in ill), POISONS.values(), strict=True)))
        daemon.start()
        verdict = judge(daemon, {receiver: healthy}, since=since)
        assert verdict.breaches == {}
        said = daemon.log.read_text()
        assert [said.count(f"is paused: {why}") for why in ("MalformedJson", "InvalidInput")] == [3, 2]
        for path in (
            "/agents",
            "/agents?actions=objects",
            "/schedules",
            "/schedules/upcoming",
            "/runs",
            "/readyz",
        ):
            answer = daemon.call("GET", path)
            assert answer.status == 200, path
            assert answer.json(), path

        assert daemon.call("DELETE", "/agents/ill-0").status == 204
        since = post(daemon, ill)
        for each in ill[1:]:
            assert daemon.call("POST", f"/agents/{each['name']}/resume", {}).status == 200
        assert judge(daemon, {receiver: healthy}, since=since).breaches == {}
        wait_for_slots_after(receiver, ill[1:], since)


def poison(home: Path, definitions: dict[str, str | bytes]) -> None:
    with sqlite3.connect(home / "db" / "pypes.db") as database:
        for name, definition in definitions.items():
            changed = database.execute(
                "UPDATE actions SET definition = ? WHERE agent_id = (SELECT id FROM agents WHERE name = ?)",
                (definition, name),
            )
            assert changed.rowcount == 1
    database.close()
