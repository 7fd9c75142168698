"""Pace: posts by pyreqwest from 64 tasks, as fast as answers come; prints how many a second, and the CPU."""

import asyncio
import json
import resource
import sys
import time

import uvloop
from posting import make_client, post, this_second  # type: ignore[import-not-found]  # beside it

TASKS = 64


async def main(url: str, count: int) -> None:
    """Post; the first round only opens connections."""
    async with make_client() as client:

        async def posts(times: int) -> None:
            for _ in range(times):
                await post(client, url, this_second())

        await asyncio.gather(*(posts(1) for _ in range(TASKS)))
        begun, used = time.perf_counter(), _cpu()
        await asyncio.gather(*(posts(count // TASKS) for _ in range(TASKS)))
        done = count // TASKS * TASKS
        seconds, cpu = time.perf_counter() - begun, _cpu() - used
        print(json.dumps({"per_second": done / seconds, "cpu": cpu / done * 1e6}))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


uvloop.run(main(sys.argv[1], int(sys.argv[2])))
