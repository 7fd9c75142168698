"""The web UI on a phone, by keyboard alone, in the dark, without motion, and for those who hear it."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from .conftest import Open, Site

PLACES = ("", "agents", "agents/busy", "runs", "timeline", "preview", "spending", "nodes", "new")
PHONE = {"viewport": {"width": 375, "height": 667}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def busy(site: Site) -> Site:
    """A site with all kinds of things on it."""
    site.add(
        "busy", site.hourly(timezone="Asia/Tokyo"), site.hook(), inputs=[{"kind": "email", "tags": ["x"]}]
    )
    site.add("resting", site.hourly())
    site.daemon.call("POST", "/agents/resting/pause", {"note": "a holiday"})
    site.add("a-name-that-is-longer-than-any-screen-of-a-phone-is-wide-" * 3, site.hourly())
    site.add("flaky", site.hook(retry={"attempts": 1}))
    site.fire("flaky")
    site.receiver.status = 500
    site.fire("flaky")
    site.receiver.status = 200
    return site


def settled(page: Page) -> None:
    """All that a page loads is there."""
    expect(page.locator("main h1").first).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)


def places(site: Site) -> list[str]:
    (failed, *_) = site.daemon.call("GET", "/runs?state=failed&limit=1").json()["items"]
    return [*PLACES, f"runs/{failed['id']}"]


def test_nothing_is_wider_than_a_phone(busy: Site, opened: Open) -> None:
    with opened(busy.url, **PHONE) as page:
        for place in places(busy):
            page.goto(f"{busy.url}/#/{place}")
            settled(page)
            width, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert width <= room, place
            expect(page.get_by_role("navigation").get_by_role("link", name="Agents")).to_be_in_viewport()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(busy: Site, opened: Open, scheme: str) -> None:
    with opened(busy.url, color_scheme=scheme, reduced_motion="reduce") as page:
        found = {}
        for place in places(busy):
            page.goto(f"{busy.url}/#/{place}")
            settled(page)
            found[place] = serious(page)
        page.keyboard.press("Control+k")
        expect(page.get_by_role("option").first).to_be_visible()
        found["palette"] = serious(page)
        assert {place: what for place, what in found.items() if what} == {}


def serious(page: Page) -> list[Any]:
    """What stands in somebody's way: the rule, and where."""
    found = Axe().run(page).response["violations"]
    grave = [each for each in found if each["impact"] in {"serious", "critical"}]
    return [(each["id"], [node["target"] for node in each["nodes"]][:3]) for each in grave]


def test_everything_is_reached_by_keyboard_alone(busy: Site, opened: Open) -> None:
    with opened(busy.url) as page:
        keys = page.keyboard
        keys.press("?")
        expect(page.get_by_role("dialog")).to_contain_text("walk down and up a list")
        keys.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        keys.press("Control+k")
        keys.type("agents")
        expect(page.get_by_role("option", name="Agents")).to_be_visible()
        keys.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Agents")
        expect(page.locator(".agents tbody tr")).not_to_have_count(0)
        keys.press("/")
        expect(page.get_by_role("searchbox")).to_be_focused()
        keys.type("rest")
        expect(page.locator(".agents tbody tr")).to_have_count(1)
        keys.press("Tab")
        page.locator("main").focus()
        keys.press("j")
        expect(page.get_by_role("link", name="resting")).to_be_focused()
        keys.press("Enter")
        expect(page.locator("h1 .state")).to_have_text("paused")
        resume = page.locator(".title").get_by_role("button", name="Resume")
        for _ in range(5):
            keys.press("Tab")
            if resume.evaluate("button => button === document.activeElement"):
                break
        expect(resume).to_be_focused()
        keys.press("Enter")
        expect(page.locator("h1 .state")).to_have_text("active")


HELD = "document.activeElement === document.body || document.activeElement.closest('dialog') !== null"
"""The browser's own frame has its turn too, and shows as the body."""


def test_a_question_holds_the_focus_and_gives_it_back(busy: Site, opened: Open) -> None:
    with opened(busy.url, "#/agents/busy") as page:
        delete = page.get_by_role("button", name="Delete")
        delete.focus()
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        for _ in range(4):
            page.keyboard.press("Tab")
            assert page.evaluate(HELD)
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        expect(delete).to_be_focused()


def test_the_theme_can_be_chosen_and_is_kept(site: Site, page: Page) -> None:
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Theme: system").click()
    page.get_by_role("button", name="Theme: light").click()
    expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    assert page.evaluate(ground) == dark


def test_a_state_is_told_by_its_shape_and_its_word_too(busy: Site, opened: Open) -> None:
    with opened(busy.url, "#/runs") as page:
        states = page.locator(".ledger .state")
        expect(states.first).to_be_visible()
        shapes = {}
        for state in states.all():
            shapes[state.inner_text()] = state.locator("path").get_attribute("d")
        assert {"succeeded", "failed"} <= set(shapes)
        assert len(set(shapes.values())) == len(shapes)
