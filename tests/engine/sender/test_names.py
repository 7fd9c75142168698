"""Names: who waits for a lookup, in which order addresses are tried."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from pypes.engine.sender import names
from pypes.engine.sender.names import RESOLVERS, Names, Unresolved, interleaved

from .conftest import Run
from .serving import OK, Server, client, post, says

Asked = list[str]


@contextmanager
def nameserver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    """A resolver that hangs for names below `hangs.test`, and gives this machine for all others."""
    asked: Asked = []
    over = threading.Event()

    def getaddrinfo(host: str, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        if host.endswith("hangs.test"):
            over.wait(30)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield asked
    over.set()


@pytest.mark.parametrize(
    ("found", "tried"),
    [
        (["1.1.1.1"], ["1.1.1.1"]),
        (["::1", "::2", "::3", "1.1.1.1", "1.1.1.2"], ["::1", "1.1.1.1", "::2", "1.1.1.2", "::3"]),
        (["1.1.1.1", "1.1.1.2", "::1"], ["1.1.1.1", "::1", "1.1.1.2"]),
        ([], []),
    ],
)
def test_addresses_of_both_families_take_turns(found: list[str], tried: list[str]) -> None:
    assert interleaved(found) == tried


def test_a_name_is_looked_up_once_for_all_who_ask_and_shortly_after(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        async with Server(says(OK)) as server, client() as pypes:
            urls = [f"http://one.test:{server.port}/"] * 5
            await asyncio.gather(*(pypes.receipt(post(url)) for url in urls))
            await pypes.receipt(post(f"https://one.test:{server.port}/".replace("https", "http")))
            assert asked == ["one.test"]

    with nameserver(monkeypatch) as asked:
        run(story())


def test_a_lookup_that_hangs_is_given_up_with_the_reason(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        async with client() as pypes:
            failure = await pypes.failure(post("http://hangs.test/"))
            assert failure.message == "the name does not resolve: hangs.test (no answer within 0.2 s)"
            assert failure.retryable

    monkeypatch.setattr(names, "WITHIN", 0.2)
    with nameserver(monkeypatch):
        run(story())


def test_lookups_that_hang_give_their_turn_to_others(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        lookups = Names()
        hanging = [asyncio.ensure_future(lookups.addresses(f"{n}.hangs.test")) for n in range(2 * RESOLVERS)]
        began = time.monotonic()
        assert await lookups.addresses("other.test") == ["127.0.0.1"]
        assert time.monotonic() - began < 5
        outcomes = await asyncio.gather(*hanging, return_exceptions=True)
        assert all(isinstance(outcome, Unresolved) for outcome in outcomes)

    monkeypatch.setattr(names, "WITHIN", 0.2)
    with nameserver(monkeypatch):
        run(story())
