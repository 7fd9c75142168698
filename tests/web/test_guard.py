"""Who may ask: hosts, origins, tokens; and what a page in a browser can never make the daemon do."""

import gzip

import pytest

from .client import NDJSON, SOCKET, Client
from .conftest import Tell


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:7979",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.9.8.7:7979",
        "[::1]",
        "[::1]:7979",
        "[::ffff:127.0.0.1]:7979",
        "pypes.lan:80",
        "Pypes.LAN",
        "10.1.2.3:7979",
    ],
)
def test_the_daemon_answers_to_its_own_names(with_app: Tell, host: str) -> None:
    async def story(client: Client) -> None:
        assert (await client.get("/healthz", host=host)).status == 200

    with_app(story, host="10.1.2.3", allow_host=("pypes.lan",), token="t")


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:7979",
        "localhost:80@evil.example",
        "[127.0.0.1",
        "localhost.evil.example",
        "10.1.2.3",
        "0.0.0.0",
        "[::2]",
        "::1",
    ],
)
def test_a_name_that_is_not_its_own_is_forbidden_with_the_remedy(with_app: Tell, host: str) -> None:
    async def story(client: Client) -> None:
        for path in ("/", "/healthz", "/agents"):
            refused = await client.get(path, host=host)
            assert refused.status == 403
            assert "--allow-host" in refused.detail or not host

    with_app(story)


def test_the_address_a_connection_came_in_on_is_a_name_too(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        client.server = ("192.168.1.5", 7979)
        assert (await client.get("/healthz", host="192.168.1.5:7979")).status == 200
        assert (await client.get("/healthz", host="192.168.1.6:7979")).status == 403
        client.server = ("::ffff:192.168.1.5", 7979)
        assert (await client.get("/healthz", host="192.168.1.5:7979")).status == 200

    with_app(story, host="0.0.0.0", token="t")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "http://127.0.0.1:7979"}, 200),
        ({"origin": "https://127.0.0.1:7979"}, 200),
        ({"origin": "http://127.0.0.1:8080"}, 403),
        ({"origin": "http://localhost:7979"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
    ],
)
def test_a_page_of_another_site_can_neither_write_nor_read(
    with_app: Tell, headers: dict[str, str], status: int
) -> None:
    async def story(client: Client) -> None:
        assert (await client.get("/agents", **headers)).status == status
        assert (await client.send("POST", "/agents", b'{"name":"a"}', headers=headers)).status == status
        assert len((await client.get("/agents")).json()) == (status == 200)

    with_app(story)


@pytest.mark.parametrize(
    ("path", "kind", "status"),
    [
        ("/agents", "application/json", 200),
        ("/agents", "Application/JSON; charset=utf-8", 200),
        ("/agents", NDJSON, 200),
        ("/agents", "text/plain", 415),
        ("/agents", "application/x-www-form-urlencoded", 415),
        ("/agents", "multipart/form-data; boundary=x", 415),
        ("/agents", "", 415),
        ("/agents/a/pause", "application/json", 404),
        ("/agents/a/pause", NDJSON, 415),
        ("/agents/a/pause", "application/merge-patch+json", 415),
        ("/agents/a/run", "application/json", 404),
        ("/agents/a/run", "text/plain", 415),
        ("/schedules/preview", "text/json", 415),
    ],
)
def test_a_body_must_be_declared_as_json(with_app: Tell, path: str, kind: str, status: int) -> None:
    async def story(client: Client) -> None:
        body = b'{"name":"a"}' if path == "/agents" else b"{}"
        answer = await client.send("POST", path, body, headers={"content-type": kind})
        assert answer.status == status
        chunked = await client.send("POST", path, [body], headers={"content-type": kind})
        assert chunked.status == status

    with_app(story)


def test_a_merge_patch_may_be_called_what_it_is(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a"})
        kind = {"content-type": "application/merge-patch+json"}
        assert (await client.send("PATCH", "/agents/a", b'{"inputs":[1]}', headers=kind)).json()[
            "inputs"
        ] == [1]

    with_app(story)


def test_a_packed_body_is_told_to_come_unpacked(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        packed = await client.send(
            "POST", "/agents", gzip.compress(b"{}"), headers={"content-encoding": "gzip"}
        )
        assert packed.status == 415
        assert "without Content-Encoding" in packed.detail
        plain = {"content-encoding": "identity"}
        assert (await client.send("POST", "/agents", b'{"name":"a"}', headers=plain)).status == 200

    with_app(story)


def test_a_write_without_a_body_needs_no_type(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a"})
        headers = {"content-length": "0", "content-type": "text/plain"}
        assert (await client.send("POST", "/agents/a/run", headers=headers)).status == 200

    with_app(story)


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ("", 401),
        ("Bearer", 401),
        ("Bearer wrong", 401),
        ("Bearer s3cret!", 401),
        ("Basic s3cret", 401),
        ("s3cret", 401),
        ("Bearer s3cret", 200),
        ("bearer s3cret", 200),
    ],
)
def test_a_token_is_asked_for_once_there_is_one(with_app: Tell, given: str, status: int) -> None:
    async def story(client: Client) -> None:
        answer = await client.get("/agents", authorization=given)
        assert answer.status == status
        if status == 401:
            assert answer.headers["www-authenticate"] == "Bearer"
            assert (await client.get("/nowhere", authorization=given)).status == 401

    with_app(story, token="s3cret")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/", 200),
        ("POST", "/login", 400),
        ("GET", "/readyz", 401),
        ("GET", "/metrics", 401),
        ("GET", "/openapi.json", 401),
        ("POST", "/agents", 401),
        ("DELETE", "/agents/a", 401),
    ],
)
def test_only_health_login_and_the_page_need_no_token(
    with_app: Tell, method: str, path: str, status: int
) -> None:
    async def story(client: Client) -> None:
        assert (await client.send(method, path)).status == status

    with_app(story, token="s3cret")


def test_a_token_is_exchanged_for_a_cookie_that_no_script_can_read(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        assert (await client.post("/login", {"token": "wrong"})).status == 401
        answer = await client.post("/login", {"token": "s3cret"})
        assert answer.status == 200
        cookie, *attributes = answer.headers["set-cookie"].split("; ")
        assert {"httponly", "samesite=strict", "path=/"} <= {each.lower() for each in attributes}
        assert "s3cret" not in cookie
        assert (await client.get("/agents", cookie=f"other=1; {cookie}")).status == 200
        assert (await client.get("/agents", cookie=cookie, origin="http://evil.example")).status == 403
        assert (await client.get("/agents", cookie=f"{cookie}x")).status == 401
        assert (await client.get("/agents", cookie="=;=;")).status == 401

    with_app(story, token="s3cret")


def test_without_a_token_everybody_is_logged_in(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        answer = await client.post("/login", {"token": "any"})
        assert (answer.status, "set-cookie" in answer.headers) == (200, False)
        assert (await client.post("/login", {"tokn": "any"})).status == 422

    with_app(story)


def test_the_socket_asks_for_neither_token_nor_name(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        client.server = SOCKET
        for host in ("", "anything"):
            assert (await client.get("/agents", host=host)).status == 200

    with_app(story, token="s3cret")
