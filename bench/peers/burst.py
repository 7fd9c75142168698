"""Burst: a bare pyreqwest loop: `burst.py URL COUNT SECONDS` posts so often at each whole second."""

import asyncio
import sys
import time

import uvloop
from posting import make_client, post, this_second  # type: ignore[import-not-found]  # beside it


async def burst(url: str, count: int, seconds: int) -> None:
    """Post at each whole second."""
    async with make_client() as client:
        for _ in range(seconds):
            await asyncio.sleep(1 - time.time() % 1)
            slot = this_second()
            await asyncio.gather(*(post(client, f"{url}/{number}", slot) for number in range(count)))


if __name__ == "__main__":
    uvloop.run(burst(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
