"""A daemon that dies while inputs stream in: none is lost or doubled, and each that matches runs once."""

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from socket import AF_UNIX, SOCK_STREAM, socket
from typing import Any

from living import Daemon, Receiver

COUNT, EVERY = 20_000, 100
NDJSON = "application/x-ndjson"


def lines(gate: threading.Event) -> Iterator[bytes]:
    """All lines; at the half, they wait for the gate."""
    for start in range(0, COUNT, 500):
        if start == COUNT // 2:
            gate.wait()
        yield b"".join(b'{"n":%d}\n' % number for number in range(start, start + 500))


def stream(daemon: Daemon, gate: threading.Event) -> bytes:
    """Post all lines under one key; what is answered, if anybody is left who does."""
    connection = HTTPConnection("pypes")
    headers = {"Content-Type": NDJSON, "Idempotency-Key": "the-stream"}
    with suppress(HTTPException, OSError), socket(AF_UNIX, SOCK_STREAM) as connection.sock:
        connection.sock.connect(str(daemon.home / "pypes.sock"))
        connection.request("POST", "/agents/a/inputs", lines(gate), headers, encode_chunked=True)
        return connection.getresponse().read()
    return b""


def first_inputs(daemon: Daemon) -> list[Any]:
    items: list[Any] = daemon.call("GET", "/agents/a/inputs?limit=1").json()["items"]
    return items


def test_a_stream_that_a_crash_cut_is_sent_again_and_everything_happened_once(home: Path) -> None:
    with Receiver().listening() as receiver, Daemon(home).running() as daemon:
        action = {"type": "webhook", "url": receiver.url, "payload": "{{ input.n }}"}
        trigger = {"type": "on_input", "when": f"input.n % {EVERY} == 0", "action": action}
        agent = {"name": "a", "actions": [trigger], "options": {"keep_inputs": 10 * COUNT}}
        daemon.call("POST", "/agents", agent)

        gate = threading.Event()
        posting = threading.Thread(target=stream, args=(daemon, gate))
        posting.start()
        while not first_inputs(daemon):
            pass
        daemon.kill()
        gate.set()
        posting.join()

        daemon.start()
        answered = json.loads(stream(daemon, gate))
        assert answered == {"records_created": COUNT}
        wanted = [*range(0, COUNT, EVERY)]
        receiver.wait_until(lambda all_of_them: {int(each.body) for each in all_of_them} == set(wanted))
        stored = daemon.call("GET", "/agents/a").json()["inputs"]
        assert [each["n"] for each in stored] == [*range(COUNT)]
        rows = daemon.rows(agent="a")
        assert len(rows) == len(wanted)
        assert {row["trigger"] for row in rows} == {"input"}
        assert {row["id"] for row in rows} == {arrival.run for arrival in receiver.arrivals}
        of_run = {arrival.run: int(arrival.body) for arrival in receiver.arrivals}
        assert sorted(of_run.values()) == wanted


def test_gathered_inputs_outlive_a_crash(home: Path) -> None:
    with Receiver().listening() as receiver, Daemon(home).running() as daemon:
        action = {"type": "webhook", "url": receiver.url, "payload": "{{ batch }}"}
        trigger = {"type": "on_input", "batch": {"size": 4, "timeout": "1500ms"}, "action": action}
        daemon.call("POST", "/agents", {"name": "a", "actions": [trigger]})
        daemon.call("POST", "/agents/a/inputs", b"1\n2\n3\n4\n5\n6\n", NDJSON)
        daemon.kill()
        daemon.start()
        arrivals = receiver.wait_until(lambda arrivals: len({each.run for each in arrivals}) == 2)
        assert sorted({each.body for each in arrivals}) == [b"[1,2,3,4]", b"[5,6]"]
