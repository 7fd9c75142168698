"""Floor: the machine's own limits: N posts in one instant, posts one by one, and the receiver alone."""

import asyncio
import resource
import time
from typing import NamedTuple

import uvloop

from bench.arrivals import SECOND, Receiver
from bench.times import now
from bench.wire import Line, request

TRIES = 5
"""How often a limit is measured: alone, one try was twice as high as another."""
PIPELINED = 64
"""Requests in one write, when only the receiver shall work."""


class Pace(NamedTuple):
    """What posting one after another gives."""

    per_second: float
    cpu: float
    """Microseconds of CPU per post, in the client."""


def burst(receiver: Receiver, count: int, *, times: int) -> list[float]:
    """Lateness in ms of `count` posts that all leave at a whole second, over so many seconds."""
    receiver.clear()
    uvloop.run(_burst(receiver.port, count, times))
    return [arrival.lateness for arrival in receiver.log()]


async def _burst(port: int, count: int, times: int) -> None:
    async with Line(port, min(64, count)) as line:
        for _ in range(times):
            slot = now() // SECOND * SECOND + SECOND
            posts = [post(slot, number) for number in range(count)]
            if now() > slot:
                continue
            await asyncio.sleep((slot - now()) / SECOND - 0.003)
            while now() < slot:
                pass
            await line.post_all(posts)


def pace(receiver: Receiver, count: int) -> Pace:
    """Post `count` times over 64 connections, as fast as answers come; the best of a few: it is a limit."""
    posts = [post(now(), number) for number in range(count)]
    paces = []
    for _ in range(TRIES):
        receiver.clear()
        paces.append(uvloop.run(_pace(receiver.port, posts)))
    return max(paces)


async def _pace(port: int, posts: list[bytes]) -> Pace:
    async with Line(port) as line:
        begun, used = time.perf_counter(), cpu()
        await line.post_all(posts)
        return Pace(len(posts) / (time.perf_counter() - begun), (cpu() - used) / len(posts) * SECOND)


def receiver_limit(receiver: Receiver, count: int) -> float:
    """Posts per second that the receiver answers when they come 64 in one write: the sender costs nothing."""
    receiver.clear()
    return uvloop.run(_flood(receiver.port, count // PIPELINED))


async def _flood(port: int, writes: int) -> float:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    block = b"".join(post(0, number) for number in range(PIPELINED))
    begun = time.perf_counter()
    for _ in range(writes):
        writer.write(block)
        answers = 0
        while answers < PIPELINED:
            answers += (await reader.read(65536)).count(b'{"ok":true}')
    writer.close()
    return writes * PIPELINED / (time.perf_counter() - begun)


def post(slot: int, number: int) -> bytes:
    """As large as what pypes sends."""
    headers = (
        "User-Agent: pypes/0.1.0\r\nAccept: */*\r\n"
        f"webhook-id: {slot:014x}{number:016x}\r\nwebhook-timestamp: {slot // SECOND}\r\n"
        "pypes-attempt: 1\r\npypes-slot: 2026-01-01T00:00:00.000Z\r\n"
    )
    return request(f"/on/{number}", b'{"event": "bench"}', headers)


def cpu() -> float:
    """Seconds of CPU that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
