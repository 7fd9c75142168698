"""A browser for these tests, a daemon and a receiver beside it, and a fresh page for each test.

The browser is closed with the last of them: while it is open, Playwright's own loop runs in this thread.
"""

import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from living import PATIENCE, Daemon, Receiver

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",  # the tests may run as root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]

expect.set_options(timeout=PATIENCE * 1000)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.fail(f"{CHROMIUM} is missing: apt-get install chromium", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def receiver() -> Iterator[Receiver]:
    with Receiver().listening() as receiver:
        yield receiver


class Site(NamedTuple):
    """A daemon, and where it is seen."""

    daemon: Daemon
    receiver: Receiver

    @property
    def url(self) -> str:
        addresses = re.findall(r"running on (http://[\d.]+:\d+)", self.daemon.log.read_text())
        return str(addresses[-1])

    def add(self, name: str, *actions: dict[str, Any], **fields: Any) -> None:
        """Make an agent."""
        body = {"name": name, "actions": [json.dumps(action) for action in actions], **fields}
        answer = self.daemon.call("POST", "/agents", body)
        assert answer.status == 200, answer.body

    def hook(self, **fields: Any) -> dict[str, Any]:
        return {"type": "webhook", "url": self.receiver.url, **fields}

    def hourly(self, **fields: Any) -> dict[str, Any]:
        """A trigger that will not fire during a test."""
        return {"type": "cron", "expression": "0 0 1 1 *", "action": self.hook(), **fields}

    def fire(self, name: str) -> dict[str, Any]:
        """Do once what an agent does; the run."""
        (outcome,) = self.daemon.call("POST", f"/agents/{name}/run?fire=true").json()
        run: dict[str, Any] = self.daemon.call("GET", f"/runs/{outcome['run']}").json()
        return run


@contextmanager
def daemon_in_a_home(*flags: str) -> Iterator[Daemon]:
    home = Path(tempfile.mkdtemp(prefix="pypes-"))
    try:
        with Daemon(home).running(*flags) as daemon:
            yield daemon
    finally:
        shutil.rmtree(home)


@pytest.fixture(scope="package")
def shared(receiver: Receiver) -> Iterator[Site]:
    with daemon_in_a_home() as daemon:
        yield Site(daemon, receiver)


@pytest.fixture
def site(shared: Site) -> Iterator[Site]:
    """The daemon of these tests, without agents."""
    shared.receiver.status = 200
    yield shared
    shared.receiver.gate.set()
    for agent in shared.daemon.call("GET", "/agents").json():
        shared.daemon.call("DELETE", f"/agents/{agent['name']}")


Open = Callable[..., AbstractContextManager[Page]]


@pytest.fixture
def opened(browser: Browser) -> Open:
    """Open a page in a window of its own; it may ask nobody but its daemon, and no script may fail."""

    @contextmanager
    def opening(url: str, hash_: str = "#/", **window: Any) -> Iterator[Page]:
        context = browser.new_context(**{"timezone_id": "Europe/Berlin"} | window)
        page = context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        failures: list[str] = []
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.on("request", lambda request: failures.extend(_elsewhere(request, url)))
        page.on("console", lambda message: failures.extend(_refused(message.text)))
        page.goto(url + "/" + hash_)
        expect(page.locator("[data-link=live]").or_(page.locator(".login")).first).to_be_visible()
        yield page
        context.close()
        assert not failures

    return opening


def _elsewhere(request: Request, url: str) -> list[str]:
    return [] if request.url.startswith(url + "/") else [f"asked {request.url}"]


def _refused(message: str) -> list[str]:
    return [message] if "Content Security Policy" in message or "Refused" in message else []


@pytest.fixture
def page(site: Site, opened: Open) -> Iterator[Page]:
    with opened(site.url) as page:
        yield page
