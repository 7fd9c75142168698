"""The application as the daemon serves it: over TCP and over the unix socket."""

import http.client
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from living import PATIENCE, Daemon

JSON = {"Content-Type": "application/json"}


@contextmanager
def tcp(daemon: Daemon) -> Iterator[http.client.HTTPConnection]:
    """One connection to the daemon's port, which its first words tell."""
    found = re.search(r"http://127\.0\.0\.1:(\d+)", daemon.log.read_text())
    assert found
    connection = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=PATIENCE)
    try:
        yield connection
    finally:
        connection.close()


def test_a_connection_lives_on_after_answers_without_a_body_and_after_refusals(home: Path) -> None:
    def statuses(connection: http.client.HTTPConnection) -> Iterator[tuple[int, bytes]]:
        requests = [
            ("POST", "/agents", b'{"name":"a/b"}', JSON),
            ("HEAD", "/agents", None, {}),
            ("GET", "/agents/a%2Fb", None, {}),
            ("POST", "/agents", b'"' + b"x" * 10_000_001, JSON),
            ("POST", "/agents/nobody/inputs", b"[" * 1_000_000, JSON),
            ("DELETE", "/agents/a%2Fb", None, {}),
            ("GET", "/agents", None, {}),
        ]
        for method, path, body, headers in requests:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            yield answer.status, answer.read()

    with Daemon(home).running() as daemon, tcp(daemon) as connection:
        connection.connect()
        used = connection.sock
        (one, head, shown, large, unknown, gone, none) = statuses(connection)
        assert connection.sock is used
        assert one == (200, b'{"records_created":1}')
        assert head == (200, b"")
        assert shown == (200, b'{"name":"a/b","inputs":[],"actions":[]}')
        assert (large[0], unknown[0]) == (413, 404)
        assert gone == (204, b"")
        assert none == (200, b"[]")


def test_lines_are_stored_as_they_arrive_while_the_body_is_still_being_sent(home: Path) -> None:
    with Daemon(home).running() as daemon, tcp(daemon) as connection:
        daemon.call("POST", "/agents", {"name": "a"})
        connection.putrequest("POST", "/agents/a/inputs")
        connection.putheader("Content-Type", "application/x-ndjson")
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()
        connection.send(b"8\r\n1\n2\n3\n4\n\r\n")
        deadline = time.monotonic() + PATIENCE
        while len(daemon.call("GET", "/agents/a/inputs").json()["items"]) < 4:
            assert time.monotonic() < deadline
        connection.send(b"1\r\n5\r\n0\r\n\r\n")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b'{"records_created":5}')


def test_a_stream_of_events_goes_on_until_the_daemon_stops_and_does_not_hold_it_up(home: Path) -> None:
    with Daemon(home).running() as daemon, tcp(daemon) as connection:
        connection.request("GET", "/events")
        stream = connection.getresponse()
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        assert stream.readline() == b"retry: 1000\n"
        daemon.call("POST", "/agents", {"name": "seen"})
        while b'"name":"seen"' not in (line := stream.readline()):
            assert line
        begun = time.monotonic()
        assert daemon.stop() == 0
        assert time.monotonic() - begun < PATIENCE / 2
        assert b"event:" in stream.read() or stream.isclosed()


def test_a_token_is_asked_for_on_the_port_and_not_on_the_socket(home: Path) -> None:
    def get(connection: http.client.HTTPConnection, **headers: str) -> int:
        connection.request("GET", "/agents", headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status

    with Daemon(home).running("--token", "s3cret") as daemon, tcp(daemon) as connection:
        assert daemon.call("GET", "/agents").status == 200
        assert get(connection) == 401
        assert get(connection, Authorization="Bearer s3cret") == 200
        assert get(connection, Authorization="Bearer s3cret", Host="evil.example") == 403


def test_what_is_no_http_is_told_as_a_problem_and_leaves_the_log_alone(home: Path) -> None:
    requests = [
        b"hello\r\n\r\n",
        b"GET /agents/\xe9 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /agents/" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /agents HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    ]
    with Daemon(home).running() as daemon:
        for request in requests:
            status, said = raw_answer(daemon, request)
            assert (status, said["status"]) == (400, 400)
            assert "HTTP/1.1" in said["detail"]
        assert "Invalid" not in daemon.log.read_text()


def test_a_request_that_names_two_hosts_is_nobodys(home: Path) -> None:
    with Daemon(home).running() as daemon:
        for hosts in (("localhost", "evil.example"), ("evil.example", "localhost")):
            head = "".join(f"Host: {host}\r\n" for host in hosts)
            status, said = raw_answer(daemon, f"GET /agents HTTP/1.1\r\n{head}\r\n".encode())
            assert status == 403
            assert "two Host headers" in said["detail"]


def raw_answer(daemon: Daemon, request: bytes) -> tuple[int, dict[str, Any]]:
    """Send bytes as they are; the status and the problem that is told."""
    with tcp(daemon) as connection:
        connection.connect()
        connection.sock.sendall(request)
        answer = http.client.HTTPResponse(connection.sock)
        answer.begin()
        assert answer.headers["content-type"] == "application/problem+json"
        return answer.status, json.loads(answer.read())
