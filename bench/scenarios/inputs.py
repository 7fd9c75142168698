"""Inputs: how many a second are accepted, each on disk before it is answered."""

import json
import time
from collections.abc import Iterator

import uvloop

from bench.context import Bench
from bench.daemon import NDJSON, Daemon
from bench.figures import Figure, at_least
from bench.wire import Line, request

BODY = json.dumps({"kind": "email", "from": "somebody@example.org", "number": 12345}).encode()
CLIENTS = 64


def measure(bench: Bench) -> Iterator[Figure]:
    """One by one over some connections, then as one NDJSON stream."""
    with Daemon() as daemon:
        daemon.call("POST", "/agents", {"name": "inbox", "inputs": [], "actions": []})
        posts = bench.pace.per_second
        singles = bench.pick(full=50_000, quick=5000)
        rate = singles / uvloop.run(_post_singly(daemon.port, singles))
        yield at_least(f"single posts, {CLIENTS} clients", rate, "/s", 5000, floor=posts)
        lines = bench.pick(full=1_000_000, quick=100_000)
        begun = time.perf_counter()
        daemon.call("POST", "/agents/inbox/inputs", _lines(lines), NDJSON)
        yield at_least("NDJSON lines", lines / (time.perf_counter() - begun), "/s", 50_000, floor=posts)
        yield Figure("memory, peak", daemon.usage().peak, "MB")


async def _post_singly(port: int, count: int) -> float:
    async with Line(port, CLIENTS) as line:
        begun = time.perf_counter()
        await line.post_all(request("/agents/inbox/inputs", BODY) for _ in range(count))
        return time.perf_counter() - begun


def _lines(count: int) -> Iterator[bytes]:
    block = (BODY + b"\n") * 1000
    yield from (block for _ in range(count // 1000))
