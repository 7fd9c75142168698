"""APScheduler 3: `apscheduler3.py URL COUNT SECONDS [STORE]`; STORE is an SQLite file, memory without it."""

import asyncio
import logging
import sys
from typing import Any

import uvloop
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore  # type: ignore[import-not-found]  # its own venv
from apscheduler.schedulers.asyncio import AsyncIOScheduler  # type: ignore[import-not-found]  # its own venv
from posting import make_client, post, this_second  # type: ignore[import-not-found]  # beside it

CLIENT: list[Any] = []


async def fire(url: str) -> None:
    """What each job does; jobs are stored by name, so the client cannot be an argument."""
    await post(CLIENT[0], url, this_second())


async def run(url: str, count: int, seconds: int, store: str | None) -> None:
    """Schedule so many every-second jobs, and let them run."""
    stores = {"default": SQLAlchemyJobStore(f"sqlite:///{store}")} if store else {}
    scheduler = AsyncIOScheduler(jobstores=stores, job_defaults={"misfire_grace_time": None})
    async with make_client() as client:
        CLIENT.append(client)
        for number in range(count):
            scheduler.add_job(fire, "cron", args=[f"{url}/{number}"], second="*")
        scheduler.start()
        await asyncio.sleep(seconds)


if __name__ == "__main__":
    logging.disable()
    _, target, jobs, duration, *path = sys.argv
    uvloop.run(run(target, int(jobs), int(duration), path[0] if path else None))
