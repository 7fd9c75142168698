"""Posting: one POST by pyreqwest, the fastest client that can be installed, marked with its slot."""

import time
from itertools import count

from pyreqwest.client import Client, ClientBuilder  # type: ignore[import-not-found]  # its own venv

_numbers = count()


def make_client() -> Client:
    """Keep-alive, HTTP/1.1, as many connections as pypes opens to one host."""
    return ClientBuilder().http1_only().max_connections(64).build()


def this_second() -> int:
    """The whole second that has begun, in microseconds."""
    return int(time.time()) * 1_000_000


async def post(client: Client, url: str, slot: int) -> None:
    """Send, and read the answer."""
    run = f"{slot:014x}{next(_numbers):016x}"
    request = client.post(url).header("webhook-id", run).body_json({"event": "bench"}).build()
    answer = await request.send()
    await answer.bytes()
