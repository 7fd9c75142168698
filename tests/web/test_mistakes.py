"""What goes wrong becomes an answer: its status, its words, and nothing of our insides."""

import sqlite3
from typing import Any

import pytest

from pypes.errors import PypesError, Unavailable
from pypes.web.app import STATUSES, status_of
from pypes.web.shapes import render_agent

from .client import Client
from .conftest import Tell


def test_every_mistake_a_caller_can_make_has_a_status() -> None:
    internal = {"ConfigError", "BadLine"}
    for kind in PypesError.__subclasses__():
        assert kind in STATUSES or kind.__name__ in internal
    assert status_of(PypesError("?")) is None


def test_a_problem_has_the_members_of_rfc_9457(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        answer = await client.get("/agents/nobody")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json() == {
            "type": "about:blank",
            "title": "Not Found",
            "status": 404,
            "detail": "there is no agent `nobody`",
        }

    with_app(story)


@pytest.mark.parametrize(
    "path", ["/nowhere", "/agents/", "/agents/a/b", "/agents/a/inputs/", "//", "/Agents"]
)
def test_an_unknown_path_is_not_found(with_app: Tell, path: str) -> None:
    async def story(client: Client) -> None:
        assert (await client.get(path)).status == 404

    with_app(story)


def test_a_number_beyond_all_numbers_is_named_by_its_place(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        body = b'[{"name":"a"},{"name":"b","inputs":[1,{"c":1e999}]}]'
        answer = await client.send("POST", "/agents", body)
        assert (answer.status, answer.json()["path"]) == (422, "$[1].inputs[1]")

    with_app(story)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/agents", "GET, POST, DELETE, HEAD"),
        ("POST", "/agents/a", "GET, PUT, PATCH, DELETE, HEAD"),
        ("GET", "/agents/a/run", "POST"),
        ("OPTIONS", "/runs", "GET, HEAD"),
        ("BREW", "/healthz", "GET, HEAD"),
    ],
)
def test_a_method_that_is_not_possible_is_told_which_are(
    with_app: Tell, method: str, path: str, allowed: str
) -> None:
    async def story(client: Client) -> None:
        answer = await client.send(method, path)
        assert (answer.status, answer.headers["allow"]) == (405, allowed)

    with_app(story)


@pytest.mark.parametrize("body", [b"{", b"", b"nope", b'{"name":"a"} x', b"\xff", b"[" * 100_000, b"{'a':1}"])
@pytest.mark.parametrize("path", ["/agents", "/agents/a/inputs", "/schedules/preview"])
def test_what_is_no_json_is_malformed(with_app: Tell, path: str, body: bytes) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a"})
        assert (await client.send("POST", path, body)).status == 400
        assert (await client.get("/agents")).json() == [{"name": "a", "inputs": [], "actions": []}]

    with_app(story)


@pytest.mark.parametrize("parts", [[b'"' + b"x" * 200 + b'"'], [b'"', b"x" * 120, b"x" * 80, b'"']])
def test_a_body_over_the_limit_is_too_large_with_and_without_its_length(
    with_app: Tell, parts: list[bytes]
) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a"})
        for body in (parts, b"".join(parts)):
            for path in ("/agents", "/agents/a/inputs"):
                assert (await client.send("POST", path, body)).status == 413
        assert (await client.get("/agents/a/inputs")).json()["items"] == []

    with_app(story, max_body=200)


def test_ndjson_of_agents_has_a_limit_for_the_line_and_for_the_whole(with_app: Tell) -> None:
    line = b'{"name":"%d"}\n'

    async def story(client: Client) -> None:
        long_line = await client.post_lines("/agents", line % 1, line % 2, b'{"name":"' + b"x" * 100)
        assert (long_line.status, long_line.json()["line"]) == (413, 3)
        assert (await client.post_lines("/agents", *[line % number for number in range(100)])).status == 413
        headers = {"content-type": "application/x-ndjson", "content-length": "501"}
        assert (await client.send("POST", "/agents", line % 1, headers=headers)).status == 413
        assert (await client.get("/agents")).json() == []

    with_app(story, max_body=50, max_agents_body=500)


def test_a_store_that_cannot_be_used_is_unavailable(with_app: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(client: Client) -> None:
        async def fail(_unit: Any) -> None:
            raise Unavailable("the disk is full")

        monkeypatch.setattr(client.services.store, "read", fail)
        monkeypatch.setattr(client.services.store, "write", fail)
        for answer in (await client.get("/agents"), await client.post("/agents", {"name": "a"})):
            assert (answer.status, answer.detail) == (503, "the disk is full")

    with_app(story)


def test_a_bug_is_an_internal_error_whose_traceback_is_one_line_of_the_log(
    with_app: Tell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story(client: Client) -> None:
        async def fail(_unit: Any) -> None:
            raise sqlite3.ProgrammingError("secret detail")

        monkeypatch.setattr(client.services.store, "read", fail)
        answer = await client.get("/agents")
        assert answer.status == 500
        assert b"secret" not in answer.body
        assert b"Traceback" not in answer.body

    with_app(story)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("[web] internal error ")
    assert "secret detail" in line


def test_an_answer_that_breaks_half_way_is_left_incomplete(
    with_app: Tell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("pypes.web.agents.PAGE", 1)

    def render(tx: Any, row: Any, form: Any) -> bytes:
        if row.name == "b":
            raise RuntimeError("broken")
        return render_agent(tx, row, form)

    monkeypatch.setattr("pypes.web.agents.render_agent", render)

    async def story(client: Client) -> None:
        await client.post("/agents", [{"name": "a"}, {"name": "b"}])
        answer = await client.get("/agents")
        assert answer.status == 200
        assert answer.body == b'[{"name":"a","inputs":[],"actions":[]}'

    with_app(story)
    assert "broken" in capsys.readouterr().err


def test_a_client_that_leaves_half_way_is_no_mistake(
    with_app: Tell, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a"})
        messages: list[dict[str, Any]] = [
            {"type": "http.request", "body": b"1\n2\n3", "more_body": True},
            {"type": "http.disconnect"},
        ]

        async def receive() -> dict[str, Any]:
            return messages.pop(0)

        async def send(_message: Any) -> None:
            raise AssertionError("nobody is there to be answered")

        headers = {b"host": b"localhost", b"content-type": b"application/x-ndjson"}
        scope = {
            "type": "http",
            "method": "POST",
            "raw_path": b"/agents/a/inputs",
            "query_string": b"",
            "headers": [*headers.items(), (b"transfer-encoding", b"chunked")],
            "server": ("127.0.0.1", 7979),
        }
        await client.app(scope, receive, send)
        page = (await client.get("/agents/a/inputs")).json()
        assert [item["value"] for item in page["items"]] == [2, 1]

    with_app(story)
    assert capsys.readouterr().err == ""
