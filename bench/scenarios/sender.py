"""Sender: the client that fires, by itself: what an exchange costs beside the barest client and a peer."""

import asyncio
import json
import subprocess
import time
from collections.abc import Iterator

import uvloop

from bench.context import Bench
from bench.figures import Figure, beside
from bench.floor import TRIES, Pace, cpu, post
from bench.peers import FOLDER, PYTHON
from bench.times import now
from pypes.address import AddressRules
from pypes.clock import SECOND, SystemClock
from pypes.engine.sender import Sender
from pypes.request import Origin, Request

MOST = 1.6
"""Times the CPU of a client that reads no answer: receipts, deadlines and timings may cost so much more."""


def measure(bench: Bench) -> Iterator[Figure]:
    """Exchanges with 64 connections, as fast as answers come; the best of a few, as for the bare client."""
    count = bench.pick(full=100_000, quick=20_000)
    found = [uvloop.run(_exchange(bench.receiver.port, count)) for _ in range(TRIES)]
    yield beside("exchanges", max(each.per_second for each in found), "/s", bench.pace.per_second)
    yield beside("CPU per exchange", min(each.cpu for each in found), "µs", bench.pace.cpu, MOST)
    burst = uvloop.run(_exchange(bench.receiver.port, 10_000))
    yield Figure("10 000 handed over in one instant, all answered", 10_000 / burst.per_second * 1000, "ms")
    if PYTHON.exists():
        peer = _pyreqwest(bench.receiver.url("/peer"), bench.pick(full=20_000, quick=5000))
        yield Figure("pyreqwest: exchanges", peer.per_second, "/s")
        yield Figure("pyreqwest: CPU per exchange", peer.cpu, "µs")


async def _exchange(port: int, count: int) -> Pace:
    sender = Sender(clock=SystemClock(), rules=AddressRules(allow_private=True))
    origin, over, left = Origin("http", "127.0.0.1", port), asyncio.Event(), count
    requests = [Request(origin, post(now(), number), 15 * SECOND) for number in range(count)]

    def done(_: object) -> None:
        nonlocal left
        left -= 1
        if not left:
            over.set()

    begun, used = time.perf_counter(), cpu()
    for request in requests:
        sender.send(request, done)
    await over.wait()
    pace = Pace(count / (time.perf_counter() - begun), (cpu() - used) / count * SECOND)
    await sender.close()
    return pace


def _pyreqwest(url: str, count: int) -> Pace:
    words = [str(PYTHON), str(FOLDER / "pace.py"), url, str(count)]
    said = subprocess.run(words, check=True, stdout=subprocess.PIPE, timeout=600).stdout
    return Pace(**json.loads(said))
