"""The sender beside servers that others wrote."""

import asyncio
from pathlib import Path

import pytest

from pypes.receipt import Receipt

from .conftest import Run
from .others import granian_server, http_server, nginx_server, node_server, uvicorn_server
from .serving import Client, client, post

BODIES = [b"", b"{}", b"x" * 4096, b"x" * 5000, b"y" * 200_000]


async def converse(pypes: Client, url: str, path: str) -> None:
    """Exchange bodies of several sizes, one after another and all at once."""
    sent = [pypes.send(post(url + path, body)) for body in BODIES * 5]
    for one, body in zip(sent, BODIES * 5, strict=True):
        receipt = await one.outcome
        assert isinstance(receipt, Receipt)
        assert (receipt.status, receipt.body) == (201, body[:4096].decode())
        assert receipt.bytes == (4096 if receipt.clipped else len(body))
    assert (await pypes.receipt(post(url + path, b"", method="HEAD"))).body == ""
    assert (await pypes.receipt(post(url + path, b"last"))).body == "last"


async def talk(url: str, path: str) -> None:
    async with client(per_host=4) as pypes:
        await converse(pypes, url, path)
        await asyncio.gather(*(pypes.receipt(post(url + path)) for _ in range(100)))


@pytest.mark.parametrize("version", ["HTTP/1.0", "HTTP/1.1"])
@pytest.mark.parametrize("path", ["/length", "/until-close"])
def test_the_standard_librarys_server_is_understood(run: Run, version: str, path: str) -> None:
    async def story() -> None:
        async with client(per_host=4) as pypes:
            await converse(pypes, url, path)

    with http_server(version) as url:
        run(story())


@pytest.mark.parametrize("http", ["h11", "httptools"])
@pytest.mark.parametrize("path", ["/length", "/chunked"])
def test_uvicorn_is_understood(run: Run, http: str, path: str) -> None:
    async def story() -> None:
        async with uvicorn_server(http) as url:
            await talk(url, path)

    run(story())


def test_granian_is_understood(run: Run) -> None:
    with granian_server() as url:
        run(talk(url, "/length"))
        run(talk(url, "/chunked"))


def test_node_is_understood(run: Run) -> None:
    with node_server() as url:
        run(talk(url, "/length"))
        run(talk(url, "/chunked"))
        run(talk(url, "/hints"))


def test_nginx_is_understood_although_it_closes_connections_now_and_then(run: Run, tmp_path: Path) -> None:
    with http_server("HTTP/1.1") as behind, nginx_server(tmp_path, behind=behind, requests=7) as url:
        run(talk(url, "/length"))
        run(talk(url, "/until-close"))


def test_what_nginx_says_without_a_body_is_read_to_its_end(run: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with client(per_host=1) as pypes:
            for _ in range(3):
                empty = await pypes.receipt(post(url + "/nothing"))
                assert (empty.status, empty.bytes, empty.body) == (204, 0, "")
                assert (await pypes.receipt(post(url + "/moved"))).status == 301
            gone = await pypes.failure(post(url + "/hangs-up"))
            assert gone.message == "the connection was closed before an answer"

    with nginx_server(tmp_path, behind="http://127.0.0.1:9") as url:
        run(story())


def test_nginx_may_refuse_a_body_before_it_has_read_it(run: Run, tmp_path: Path) -> None:
    async def story() -> None:
        async with client(per_host=1) as pypes:
            refused = await pypes.outcome(post(url + "/length", b"x" * 30_000_000))
            if isinstance(refused, Receipt):  # else its reset has overtaken its answer, as TCP allows
                assert refused.status == 413
            else:
                assert "reset" in refused.message
            assert (await pypes.receipt(post(url + "/nothing"))).status == 204

    with nginx_server(tmp_path, behind="http://127.0.0.1:9") as url:
        run(story())


@pytest.mark.parametrize(("keep_alive_ms", "is_kept"), [(5000, True), (1000, False)])
def test_a_connection_is_not_used_again_when_node_is_about_to_close_it(
    run: Run, keep_alive_ms: int, *, is_kept: bool
) -> None:
    async def story() -> None:
        async with client() as pypes:
            await pypes.receipt(post(url + "/length"))
            await asyncio.sleep(0.01)  # the connection has come to rest
            assert ((await pypes.receipt(post(url + "/length"))).timing.connect is None) is is_kept

    with node_server(keep_alive_ms) as url:
        run(story())
