"""The whole story: the original's own manual check, verbatim, against a real daemon and a real receiver."""

import re
from itertools import pairwise
from pathlib import Path

from living import Daemon, Receiver
from pypes.clock import SECOND
from pypes.instants import parse_instant

THE_ORIGINALS_AGENT = (
    '{"name":"ticker","inputs":[],"actions":["{\\"type\\":\\"cron\\",\\"expression\\":\\"* * * * * *\\",'
    '\\"action\\":{\\"type\\":\\"webhook\\",\\"url\\":\\"http://127.0.0.1:PORT/hook\\",'
    '\\"payload\\":{\\"event\\":\\"manual.tick\\"}}}"]}'
)


def test_an_agent_posted_over_http_fires_each_second_and_every_fire_has_its_row(home: Path) -> None:
    with Receiver().listening() as receiver, Daemon(home).running() as daemon:
        assert daemon.call("GET", "/agents").json() == []
        agent = THE_ORIGINALS_AGENT.replace("PORT", str(receiver.port)).encode()
        assert daemon.call("POST", "/agents", agent).json() == {"records_created": 1}

        arrivals = receiver.wait_for(3)
        assert daemon.stop() == 0

        slots = [parse_instant(arrival.slot) for arrival in arrivals]
        assert [later - sooner for sooner, later in pairwise(slots)] == [SECOND, SECOND]
        assert all(arrival.at >= slot for arrival, slot in zip(arrivals, slots, strict=True))
        assert {arrival.body for arrival in arrivals} == {b'{"event":"manual.tick"}'}
        assert len({arrival.run for arrival in arrivals}) == 3

        daemon.start()
        rows = {row["id"]: row for row in daemon.rows(agent="ticker")}
        for arrival, slot in zip(arrivals, slots, strict=True):
            row = rows[arrival.run]
            assert row["state"] == "succeeded"
            assert row["trigger"] == "cron"
            assert parse_instant(row["slot"]) == slot
            assert row["lateness_ms"] >= 0
            assert [(attempt["status"], attempt["bytes"]) for attempt in row["attempts"]] == [(200, 11)]

        log = daemon.log.read_text()
        hook = re.escape(receiver.url)
        assert re.search(r"^\[scheduler\] started with 0 cron action\(s\) ", log, re.M)
        assert re.search(r"^\[scheduler\] reloaded with 1 cron action\(s\) ", log, re.M)
        assert re.search(
            rf"^\[scheduler\] entry 0 `\* \* \* \* \* \*` fired webhook {hook} → status=200 \(11 bytes\) ",
            log,
            re.M,
        )
        assert re.search(
            r"^\[scheduler\] entry 0 `\* \* \* \* \* \*` next fire \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC ",
            log,
            re.M,
        )
        assert daemon.stop() == 0
