"""Take the pictures of the documentation: a real daemon, a day of its ledger backfilled, a real browser.

`make screenshots` runs it; the pictures land in docs/pictures.
"""

import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

from living import Daemon

from .conftest import CHROMIUM, FLAGS, Site, daemon_in_a_home

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 780}
LIVE = 25
"""Seconds of live fires, so that there is something to see."""


class Picture(NamedTuple):
    """One file: where, how wide, and in which light."""

    name: str
    place: str
    scheme: Any = "light"
    window: dict[str, int] = DESK


class World(BaseHTTPRequestHandler):
    """What the agents post to: mostly well, sometimes slow, busy or broken."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        status, body = self._answer()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self) -> tuple[int, bytes]:
        chance = random.random()
        if self.path == "/invoices" and chance < 0.35:
            return 503, b'{"error":"too many at once","retry_after":"30s"}'
        if self.path == "/payouts":
            return 503, b'{"error":"the ledger is locked","since":"14:02","by":"month-end"}'
        if self.path == "/prices" and chance < 0.06:
            return 502, b'{"error":"bad gateway","upstream":"quotes-2"}'
        time.sleep(0.002 + 0.03 * chance**3)
        return 200, b'{"ok":true,"accepted":1}'

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def world() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), World)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def agents(url: str) -> Iterator[dict[str, Any]]:
    """A household of agents, as somebody might have it."""

    def agent(name: str, *actions: dict[str, Any], inputs: list[Any] | None = None) -> dict[str, Any]:
        return {"name": name, "inputs": inputs or [], "actions": [json.dumps(each) for each in actions]}

    def post(path: str, **fields: Any) -> dict[str, Any]:
        return {"type": "webhook", "url": url + path, **fields}

    def every(interval: str, path: str, **fields: Any) -> dict[str, Any]:
        return {
            "type": "every",
            "interval": interval,
            "action": post(path, payload={"event": path[1:]}),
            **fields,
        }

    def cron(expression: str, path: str, zone: str = "Europe/Berlin") -> dict[str, Any]:
        action = post(path, payload={"event": path[1:]})
        return {"type": "cron", "expression": expression, "timezone": zone, "action": action}

    mail = {"kind": "email", "from": "ada@example.com", "subject": "Quarterly numbers", "tags": ["finance"]}
    yield agent("inbox-watch", every("10m", "/inbox"), inputs=[mail])
    yield agent("price-feed", every("4s", "/prices"))
    yield agent("heartbeat", every("2s", "/beat"))
    invoices = post(
        "/invoices", payload={"event": "sync", "since": "yesterday"}, headers={"X-Team": "billing"}
    )
    retry = {"attempts": 2, "backoff": "1s"}
    yield agent(
        "invoice-sync", {"type": "cron", "expression": "*/10 * * * *", "action": invoices | {"retry": retry}}
    )
    yield agent("morning-summary", cron("0 7 * * MON-FRI", "/summary"))
    yield agent("nightly-backup", cron("30 2 * * *", "/backup", "America/New_York"))
    yield agent("standup-notes", cron("45 9 * * MON-FRI", "/notes"))
    yield agent("month-end", cron("0 18 LW * *", "/close"))
    yield agent("cert-expiry", cron("0 */6 * * *", "/certs", "UTC"))
    yield agent("ticket-triage", every("15m", "/tickets", phase="3m"))
    yield agent("uptime", every("2m", "/uptime"))
    payouts = post("/payouts", payload={"event": "payout", "batch": 41}, headers={"X-Team": "billing"})
    yield agent("payout-check", {"type": "every", "interval": "20s", "action": payouts | {"retry": retry}})
    yield agent("weather", cron("5 * * * *", "/weather", "Asia/Tokyo"))
    yield agent("cache-warm", every("20m", "/warm"))
    yield agent("release-watch", every("1h", "/releases"))
    time_ = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%dT09:00:00Z")
    yield agent("deploy-reminder", {"type": "at", "time": time_, "action": post("/deploy")})


FILLED = (
    "inbox-watch",
    "invoice-sync",
    "nightly-backup",
    "cert-expiry",
    "ticket-triage",
    "weather",
    "cache-warm",
    "release-watch",
    "uptime",
)


def live_a_day(daemon: Daemon, url: str) -> None:
    """Make the agents, let them do what they would have done since yesterday, and watch them for a while."""
    for agent in agents(url):
        assert daemon.call("POST", "/agents", agent).status == 200
    now = datetime.now(UTC)
    span = {"from": (now - timedelta(days=1)).isoformat(), "to": (now - timedelta(minutes=2)).isoformat()}
    for name in FILLED:
        assert daemon.call("POST", f"/agents/{name}/backfill", span).status == 200
    daemon.call("POST", "/agents/cache-warm/pause", {"note": "until the new cache is there"})
    time.sleep(LIVE)
    while daemon.call("GET", "/overview").json()["pulse"]["waiting"] > 5:
        time.sleep(0.5)


def take(browser: Browser, site: Site, picture: Picture) -> None:
    """Open a page, let it load, and keep what is seen."""
    context = browser.new_context(
        viewport=picture.window,  # type: ignore[arg-type]  # two numbers by name
        color_scheme=picture.scheme,
        timezone_id="Europe/Berlin",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(f"{site.url}/#/{picture.place}")
    page.wait_for_selector("[data-link=live]")
    page.wait_for_selector("main h1, main h2")
    _let_it_settle(page)
    page.screenshot(path=FOLDER / f"{picture.name}.png")
    context.close()


def _let_it_settle(page: Page) -> None:
    """Wait for a few pulses: the lines move by then."""
    page.locator("[aria-busy=true]").first.wait_for(state="detached")
    page.wait_for_timeout(3500)


def main() -> None:
    """Take them all."""
    random.seed(4)
    with world() as url, daemon_in_a_home() as daemon, sync_playwright() as playwright:
        live_a_day(daemon, url)
        site = Site(daemon, None)  # type: ignore[arg-type]  # nothing here asks the tests' receiver
        failures = daemon.call("GET", "/runs?agent=payout-check&state=failed&limit=1").json()["items"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for picture in (
            Picture("overview", ""),
            Picture("overview-dark", "", "dark"),
            Picture("agents", "agents?sort=next"),
            Picture("agent", "agents/invoice-sync"),
            Picture("run", f"runs/{failures[0]['id']}", "dark"),
            Picture("preview", "preview?expression=30 2 * * *&timezone=Europe/Berlin&dst=vixie"),
            Picture("timeline", "timeline", "dark"),
            Picture("phone", "", window=PHONE),
            Picture("phone-agents", "agents?sort=next", "dark", PHONE),
        ):
            take(browser, site, picture)
        browser.close()


if __name__ == "__main__":
    main()
