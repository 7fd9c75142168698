"""The seam to the API: in process, with small applications that behave and misbehave."""

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from cli.conftest import Pypes, running_daemon
from pypes.cli.client import NDJSON, NeverArrived, connect, path_of, refusal
from pypes.cli.home import home as home_path
from pypes.cli.home import socket_path
from pypes.cli.local import LocalClient
from pypes.cli.remote import SocketClient
from pypes.config import load_config
from pypes.errors import Conflict, InvalidInput, NotFound, Unavailable


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer each piece of the body with itself, as it arrives."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    more = True
    while more:
        message = await receive()
        more = message["more_body"]
        await send({"type": "http.response.body", "body": message["body"], "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def describe(scope: Scope, receive: Receive, send: Send) -> None:
    shown = {key: scope[key] for key in ("method", "path", "server")}
    shown |= {"query": scope["query_string"].decode(), "raw": scope["raw_path"].decode()}
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(shown).encode()})


async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
    body = json.dumps({"title": "Conflict", "detail": "it exists already"}).encode()
    await send({"type": "http.response.start", "status": 409, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def break_down(scope: Scope, receive: Receive, send: Send) -> None:
    raise RuntimeError("broken on purpose")


async def break_half_way(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"half", "more_body": True})
    raise RuntimeError("broken on purpose")


def local(app: ASGIApp) -> LocalClient:
    @asynccontextmanager
    async def opened() -> AsyncIterator[ASGIApp]:
        yield app

    return LocalClient(opened)


def test_a_body_streams_both_ways() -> None:
    pieces = [b"%d\n" % number * 1000 for number in range(100)]
    with local(echo) as client:
        assert client.request("POST", "/", iter(pieces), NDJSON).read() == b"".join(pieces)


def test_an_answer_begins_before_the_body_has_ended() -> None:
    may_go_on = threading.Event()

    def pieces() -> Iterator[bytes]:
        yield b"first"
        assert may_go_on.wait(10)
        yield b"second"

    with local(echo) as client:
        chunks = client.request("POST", "/", pieces(), NDJSON).chunks
        assert next(chunks) == b"first"
        may_go_on.set()
        assert next(chunks) == b"second"


def test_a_request_looks_as_if_it_came_over_the_socket() -> None:
    with local(describe) as client:
        said = client.request("GET", path_of("agents", "a/b ü", limit=3, after=None)).json()
    assert said["raw"] == "/agents/a%2Fb%20%C3%BC"
    assert (said["method"], said["query"], said["server"]) == ("GET", "limit=3", ["pypes.sock", None])


def test_a_refusal_is_raised_as_what_it_stands_for() -> None:
    with local(refuse) as client, pytest.raises(Conflict, match="it exists already"):
        client.request("POST", "/agents", b"{}")


@pytest.mark.parametrize("app", [break_down, break_half_way])
def test_an_application_that_breaks_is_no_silence(app: ASGIApp) -> None:
    with local(app) as client, pytest.raises(RuntimeError, match="broken on purpose"):
        client.request("GET", "/").read()


def test_a_body_that_cannot_be_read_is_the_callers_affair() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"first"
        raise InvalidInput("line 2 is odd")

    async def read_it(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    with local(read_it) as client, pytest.raises(InvalidInput, match="line 2 is odd"):
        client.request("POST", "/", pieces(), NDJSON)


def test_a_refusal_does_not_wait_for_a_body_that_hangs() -> None:
    may_end = threading.Event()

    def pieces() -> Iterator[bytes]:
        yield b"first"
        may_end.wait(10)
        yield b"nobody wants this any more"

    with local(refuse) as client, pytest.raises(Conflict):
        client.request("POST", "/agents", pieces(), NDJSON)
    may_end.set()


def test_an_application_that_does_not_open_says_why_and_leaves_no_loop() -> None:
    class Locked(AbstractAsyncContextManager[ASGIApp]):
        async def __aenter__(self) -> ASGIApp:
            raise Unavailable("the store is in use")

        async def __aexit__(self, *_: object) -> None:
            raise AssertionError("what was not entered is not left")

    with pytest.raises(Unavailable, match="in use"):
        LocalClient(Locked).__enter__()


def test_an_application_is_closed_in_the_task_that_opened_it() -> None:
    tasks = []

    @asynccontextmanager
    async def opened() -> AsyncIterator[ASGIApp]:
        tasks.append(asyncio.current_task())
        async with asyncio.timeout(30):
            yield echo
        tasks.append(asyncio.current_task())

    with LocalClient(opened) as client:
        client.request("GET", "/").read()
    assert len(set(tasks)) == 1


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        (404, {"title": "Not Found", "detail": "there is no agent `x`"}, NotFound),
        (422, {"title": "…", "detail": "bad", "path": "$.name"}, InvalidInput),
        (503, {"title": "…", "detail": "full"}, Unavailable),
        (500, {}, Unavailable),
    ],
)
def test_every_status_stands_for_an_error(status: int, said: dict[str, Any], kind: type[Exception]) -> None:
    error = refusal(status, json.dumps(said).encode())
    assert type(error).__mro__[:2].count(kind) == 1
    assert error.message == said.get("detail", f"the daemon answered {status}")


def test_what_is_not_json_is_still_an_error() -> None:
    assert refusal(502, b"<html>").message == "the daemon answered 502"


def test_a_body_refused_half_way_gets_its_answer_and_no_broken_pipe(daemon_home: Path) -> None:
    """The daemon answers 413 to a line over its limit and closes; more of the body is on its way by then."""
    client = SocketClient(daemon_home / "pypes.sock")
    with pytest.raises(Exception, match=r"larger than|no agent"):
        client.request("POST", "/agents/nobody/inputs", (b"x" * 100_000 for _ in range(1000)), NDJSON)


def test_a_daemon_that_is_gone_never_got_the_request(pypes: Pypes) -> None:
    with pytest.raises(NeverArrived):
        SocketClient(pypes.home / "pypes.sock").request("POST", "/agents", b"{}")


@pytest.mark.parametrize(
    ("reads_first", "kind"), [(False, NeverArrived), (True, Unavailable)], ids=["unread", "read"]
)
def test_a_request_that_may_have_been_heeded_is_not_said_to_be_lost(
    home: Path, reads_first: object, kind: type[Exception]
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(home / "pypes.sock"))
        server.listen()

        def accept_and_leave() -> None:
            connection, _ = server.accept()
            data = connection.recv(1)
            while reads_first and not data.endswith(b"{}"):
                data += connection.recv(65536)
            connection.close()

        thread = threading.Thread(target=accept_and_leave)
        thread.start()
        with pytest.raises(Unavailable) as raised:
            SocketClient(home / "pypes.sock").request("POST", "/agents", b"{}")
        thread.join()
    assert type(raised.value) is kind


def test_a_daemon_may_come_and_go_between_two_requests(pypes: Pypes) -> None:
    with connect() as client:
        assert client.request("GET", "/agents").json() == []
    with running_daemon(pypes.home), connect() as client:
        client.request("POST", "/agents", b'{"name":"one"}').read()
        assert pypes("stop").code == 0
        client.request("POST", "/agents", b'{"name":"two"}').read()
        assert [agent["name"] for agent in client.request("GET", "/agents").json()] == ["one", "two"]


def test_the_home_is_known_without_the_settings(pypes: Pypes, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (home_path(), socket_path()) == (load_config({}).home, load_config({}).socket_path)
    monkeypatch.delenv("PYPES_HOME")
    assert home_path() == load_config({}).home
