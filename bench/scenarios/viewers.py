"""Viewers: what watching costs fires, and how long people wait for the page and for the first fire."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.agents import every, spread
from bench.context import Bench
from bench.daemon import Daemon
from bench.figures import Figure, at_most, beside, percentile
from bench.times import now
from bench.watch import WARM, Window, observe

RATE = 1000
VIEWERS = 50
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]


def measure(bench: Bench) -> Iterator[Figure]:
    """The same load unwatched and watched, then one browser."""
    seconds = bench.pick(full=20, quick=3)
    alone, _ = _window(bench, 0, seconds)
    watched, received = _window(bench, VIEWERS, seconds)
    yield Figure("1000/s, no viewer: late p50", alone.late(0.5), "ms")
    yield at_most("1000/s, no viewer: late p99", alone.late(0.99), "ms", 10)
    yield beside(f"1000/s, {VIEWERS} viewers: late p50", watched.late(0.5), "ms", alone.late(0.5))
    yield at_most(
        f"1000/s, {VIEWERS} viewers: late p99", watched.late(0.99), "ms", 10, floor=alone.late(0.99)
    )
    yield beside(f"1000/s, {VIEWERS} viewers: CPU per fire", watched.cpu_per_fire, "µs", alone.cpu_per_fire)
    faults = alone.verdict.faults + watched.verdict.faults
    yield at_most("faults and skips", faults + alone.verdict.skipped + watched.verdict.skipped, "", 0)
    yield Figure("events of one viewer", percentile(received["events"], 0.5) / seconds, "/s")
    yield Figure("bytes of one viewer", percentile(received["bytes"], 0.5) / seconds / 1000, "kB/s")
    if CHROMIUM.exists():
        yield from _in_a_browser(bench)
    else:
        bench.note(f"{CHROMIUM} is missing: no browser was measured")


def _window(bench: Bench, viewers: int, seconds: int) -> tuple[Window, dict[str, list[float]]]:
    bench.receiver.clear()
    agents = list(spread(bench.receiver, RATE))
    with Daemon() as daemon:
        daemon.post_agents(agents)
        posted = now()
        time.sleep(WARM)
        with _viewing(daemon.port, viewers) as received:
            window = observe(bench, daemon, agents, seconds, posted=posted)
        return window, received


@contextmanager
def _viewing(port: int, count: int) -> Iterator[dict[str, list[float]]]:
    """Let so many watch; on leaving, what they received is filled in."""
    received: dict[str, list[float]] = {"bytes": [0], "events": [0]}
    if not count:
        yield received
        return
    command = [sys.executable, "-m", "bench.viewers", str(port), str(count)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    yield received
    output, _ = process.communicate()
    received.update(json.loads(output))


def _in_a_browser(bench: Bench) -> Iterator[Figure]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - the other figures need no browser

    with Daemon() as daemon, sync_playwright() as playwright:
        daemon.post_agents([every("before", bench.receiver.url("/on/0"))])
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        try:
            yield from _first_load(daemon, browser)
            yield from _first_fire(bench, daemon, browser, bench.pick(full=10, quick=3))
        finally:
            browser.close()


def _first_load(daemon: Daemon, browser: Any) -> Iterator[Figure]:
    """A browser that has never been here; the stream of events, which does not end, is left out."""
    page = browser.new_page()
    finished: list[Any] = []
    page.on("requestfinished", lambda request: finished.append(request))  # noqa: PLW0108 - it marks its handler
    begun = time.perf_counter()
    page.goto(f"http://127.0.0.1:{daemon.port}/")
    page.wait_for_selector(".headline")
    took = time.perf_counter() - begun
    page.wait_for_selector(".feed li")
    sizes = [request.sizes() for request in finished if not request.url.endswith("/events")]
    page.close()
    yield Figure("first load: requests", len(sizes))
    total = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
    yield at_most("first load: received", total / 1000, "kB", 100)
    yield Figure("first load: until the overview stands", took * 1000, "ms")


def _first_fire(bench: Bench, daemon: Daemon, browser: Any, times: int) -> Iterator[Figure]:
    """From the slot of an agent that is new to its line on the overview, which is open."""
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{daemon.port}/")
    page.wait_for_selector("[data-link=live]")
    waits = []
    for number in range(times):
        name = f"new{number}"
        page.evaluate(_NOTICE, name)  # does not wait for what it promises
        daemon.post_agents([every(name, bench.receiver.url("/on/0"))])
        seen, run = page.evaluate("window.seen")
        waits.append(seen - int(run[:14], 16) / 1000)
    page.close()
    yield at_most("from a slot to its line on the page: p50", percentile(waits, 0.5), "ms", 500)
    yield Figure("from a slot to its line on the page: max", max(waits), "ms")


_NOTICE = """name => {
  window.seen = new Promise((tell) => {
    const look = () => {
      const lines = [...document.querySelectorAll(".feed li a")];
      const line = lines.find((link) => link.textContent.trim() === name);
      if (line) tell([Date.now(), decodeURIComponent(line.hash.split("/").at(-1))]);
    };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
  });
}"""
"""Notes when a line of an agent appears, and which run it is of."""
