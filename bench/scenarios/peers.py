"""Peers: a bare pyreqwest loop, and APScheduler 3, which anyone can install, at the same receiver.

APScheduler records no fire; with its SQLite store it remembers when the next one is due.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator

from bench.arrivals import SECOND, Arrival
from bench.context import Bench
from bench.figures import Figure, percentile
from bench.peers import FOLDER, PYTHON

INSTALL = "python3 -m venv bench/.peers && bench/.peers/bin/pip install -r bench/peers/requirements.txt"
WARM = 2


def measure(bench: Bench) -> Iterator[Figure]:
    """Lateness, and how many of the due posts came at all."""
    if not PYTHON.exists():
        bench.note(f"no peers are installed; this installs them: {INSTALL}")
        return
    for count in (1000,) if bench.quick else (100, 1000, 2000, 5000, 10_000):
        if not bench.quick:
            yield from _figures(f"pyreqwest, {count}", count, _run(bench, "burst.py", count))
        came = _run(bench, "apscheduler3.py", count)
        bench.peer[count] = percentile([each.lateness for each in came.arrivals], 0.99)
        yield from _figures(f"APScheduler in memory, {count}", count, came)
    for count in () if bench.quick else (100, 500, 1000):
        with tempfile.TemporaryDirectory() as folder:
            came = _run(bench, "apscheduler3.py", count, f"{folder}/jobs.db")
        yield from _figures(f"APScheduler with SQLite, {count}", count, came)


class _Came:
    """What arrived in the whole seconds after the first ones."""

    def __init__(self, log: list[Arrival], seconds: int) -> None:
        first = min((each.slot for each in log), default=0) + WARM * SECOND
        self.seconds = seconds
        self.arrivals = [each for each in log if first <= each.slot < first + seconds * SECOND]


def _run(bench: Bench, script: str, count: int, *more: str) -> _Came:
    seconds = bench.pick(full=10, quick=2)
    bench.receiver.clear()
    arguments = [bench.receiver.url("/peer"), str(count), str(WARM + seconds + 1), *more]
    subprocess.run([PYTHON, FOLDER / script, *arguments], check=True, stdout=sys.stderr, timeout=600)
    return _Came(bench.receiver.log(), seconds)


def _figures(name: str, count: int, came: _Came) -> Iterator[Figure]:
    lateness = [each.lateness for each in came.arrivals]
    yield Figure(f"{name}: late p99", percentile(lateness, 0.99), "ms")
    yield Figure(f"{name}: came", len(lateness) / (count * came.seconds) * 100, "%")
