"""What people do with the web UI, from the first agent to a server that went away."""

import socket

from playwright.sync_api import Page, expect

from living import Receiver
from model_server import ModelServer

from .conftest import Open, Site, daemon_in_a_home


def rows(page: Page, state: str) -> int:
    return page.locator(f".ledger tr[data-state={state}]").count()


def test_somebody_makes_an_agent_sees_it_fire_pauses_it_and_sees_what_was_skipped(
    site: Site, page: Page
) -> None:
    page.get_by_role("link", name="Make one here").click()
    page.get_by_label("Name").fill("ticker")
    page.get_by_label("Interval").fill("500ms")
    page.get_by_label("Post to").fill(site.receiver.url)
    expect(page.locator(".verdict")).to_contain_text("Every 500ms, next")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("ticker")
    ran = page.locator(".ledger tr[data-state=succeeded]")
    expect(ran.nth(1)).to_be_visible()
    page.get_by_role("button", name="Pause").first.click()
    expect(page.locator("h1 .state")).to_have_text("paused")
    expect(page.get_by_role("status")).to_contain_text("ticker is paused")
    arrived = len(site.receiver.arrivals)
    page.wait_for_timeout(1100)  # time must pass for slots to be missed
    assert len(site.receiver.arrivals) <= arrived + 1
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("h1 .state")).to_have_text("active")
    skipped = page.locator(".ledger tr[data-state=skipped]").first
    expect(skipped).to_contain_text("paused")


def test_somebody_opens_a_run_and_replays_it_with_another_payload(site: Site, page: Page) -> None:
    site.add("mailer", site.hook(payload={"event": "first"}), inputs=[{"kind": "email"}])
    run = site.fire("mailer")
    page.goto(f"{site.url}/#/agents/mailer")
    page.locator(".ledger a").first.click()
    expect(page.get_by_text(run["id"])).to_be_visible()
    expect(page.locator(".attempt")).to_contain_text("200")
    page.get_by_role("button", name="Replay …").click()
    payload = page.get_by_role("dialog").get_by_label("Payload")
    payload.fill("{ no")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("not JSON")
    expect(page.get_by_role("button", name="Send it")).to_be_disabled()
    payload.fill('{"event":"second"}')
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_text(run["id"])).to_have_count(0)
    expect(page.locator("h1 .state")).to_have_text("succeeded")
    expect(page.locator(".facts")).to_contain_text("manual")
    assert [arrival.body for arrival in site.receiver.arrivals[-2:]] == [
        b'{"event": "first"}',
        b'{"event":"second"}',
    ]


def test_a_failed_run_says_why_and_is_retried_under_the_same_id(site: Site, page: Page) -> None:
    site.receiver.status = 500
    site.add("broken", site.hook(retry={"attempts": 1}))
    run = site.fire("broken")
    expect(page.locator(".failures")).to_contain_text("broken")
    page.locator(".failures a").first.click()
    expect(page.locator(".lead")).to_contain_text("webhook returned non-success status 500")
    site.receiver.status = 200
    page.get_by_role("button", name="Retry now").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("the same webhook-id")
    dialog.get_by_role("button", name="Retry").click()
    expect(page.locator("h1 .state")).to_have_text("succeeded")
    expect(page.locator(".attempt")).to_have_count(2)
    assert site.receiver.arrivals[-1].run == run["id"]


def test_somebody_breaks_an_expression_and_reads_the_apis_own_words(site: Site, page: Page) -> None:
    wrong = {"expression": "61 * * * *"}
    said = site.daemon.call("POST", "/schedules/preview", wrong).json()["detail"]
    page.goto(f"{site.url}/#/preview")
    page.get_by_label("Expression").fill(wrong["expression"])
    expect(page.locator("#said")).to_contain_text(said)
    page.get_by_label("Expression").fill("30 2 * * *")
    page.get_by_label("Time zone").fill("America/New_York")
    expect(page.locator(".meaning")).to_have_text("At 02:30")
    expect(page.locator(".fires tbody tr")).to_have_count(10)
    expect(page.locator(".fires")).to_contain_text("Where you are, Europe/Berlin")
    expect(page.locator(".card").first).to_contain_text("clocks go")


def test_actions_are_checked_while_they_are_typed_and_saved_with_a_way_back(site: Site, page: Page) -> None:
    site.add("daily", {"type": "cron", "expression": "0 9 * * *", "action": site.hook()})
    page.goto(f"{site.url}/#/agents/daily")
    page.get_by_role("button", name="Edit").click()
    text = page.get_by_label("Actions as JSON")
    before = text.input_value()
    text.fill(before.replace("0 9 * * *", "0 25 * * *"))
    expect(page.locator(".verdict")).to_contain_text("$.actions[0].expression")
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    text.fill(before.replace("0 9 * * *", "0 10 * * *"))
    expect(page.locator(".verdict")).to_contain_text("At 10:00, next")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".trigger h3")).to_contain_text("At 10:00")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".trigger h3")).to_contain_text("At 09:00")


def test_inputs_are_shown_as_a_tree_added_and_sent_again(site: Site, page: Page) -> None:
    site.add("reader", site.hourly(), inputs=[{"kind": "email", "tags": ["a", "b"]}])
    page.goto(f"{site.url}/#/agents/reader")
    expect(page.locator(".inputs")).to_contain_text('"email"')
    page.get_by_label("A new input, as JSON").fill('{"kind":"note"}')
    page.get_by_role("button", name="Add input").click()
    expect(page.locator(".inputs li")).to_have_count(2)
    page.get_by_role("button", name="Replay").last.click()
    page.get_by_role("dialog").get_by_role("button", name="Replay").click()
    expect(page.locator(".inputs li")).to_have_count(3)
    stored = site.daemon.call("GET", "/agents/reader/inputs").json()["items"]
    assert [item["value"]["kind"] for item in stored] == ["email", "note", "email"]


def test_many_agents_are_searched_paused_together_and_brought_back(site: Site, page: Page) -> None:
    for name in ("alpha-1", "alpha-2", "beta"):
        site.add(name, site.hourly())
    page.goto(f"{site.url}/#/agents")
    page.get_by_label("Search by name").fill("ALPHA")
    expect(page.locator(".agents tbody tr")).to_have_count(2)
    page.get_by_label("Choose all on this page").check()
    page.get_by_role("toolbar").get_by_role("button", name="Pause").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Pause: 2 agents")
    expect(dialog).to_contain_text("alpha-2")
    dialog.get_by_role("button", name="Pause").click()
    expect(page.locator(".agents .state[data-state=paused]")).to_have_count(2)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".agents .state[data-state=active]")).to_have_count(2)


def test_an_agent_is_deleted_only_after_a_question_and_can_be_brought_back(site: Site, page: Page) -> None:
    site.add("dear", site.hourly(), inputs=[1])
    page.goto(f"{site.url}/#/agents/dear")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Leave it").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator("main")).to_contain_text("No agents yet")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="dear")).to_be_visible()
    assert site.daemon.call("GET", "/agents/dear").json()["inputs"] == [1]


def test_a_node_is_shown_and_drained_only_after_a_question(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/#/nodes")
    node = page.locator(".node")
    expect(node.locator(".state")).to_have_text("active")
    node.get_by_role("button", name="Drain …").click()
    page.get_by_role("dialog").get_by_role("button", name="Drain").click()
    expect(node.locator(".state")).to_have_text("draining")
    page.get_by_role("button", name="Undo").click()
    expect(node.locator(".state")).to_have_text("active")


def test_empty_places_show_the_line_that_fills_them(site: Site, page: Page) -> None:
    expect(page.locator("main")).to_contain_text("pypes demo")
    expect(page.locator("main")).to_contain_text(f"curl -X POST {site.url}/agents")
    page.goto(f"{site.url}/#/agents/nobody")
    expect(page.locator("main")).to_contain_text("there is no agent `nobody`")
    expect(page.locator("main")).to_contain_text("pypes add agent nobody")


def test_a_page_that_lost_its_server_says_so_and_goes_on_when_it_is_back(
    opened: Open, receiver: Receiver
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    with daemon_in_a_home("-p", port) as daemon:
        site = Site(daemon, receiver)
        site.add("steady", site.hourly())
        with opened(site.url) as page:
            expect(page.locator(".headline")).to_contain_text("1 agent")
            daemon.kill()
            expect(page.get_by_role("alert").first).to_contain_text("No signal from pypes")
            daemon.start("-p", port)
            expect(page.locator("[data-link=live]")).to_be_visible()
            expect(page.locator(".banner")).to_have_count(0)
            site.add("second", site.hourly())
            expect(page.locator(".headline")).to_contain_text("2 agents")


def test_the_token_is_typed_once_and_kept_where_no_script_can_read_it(
    opened: Open, receiver: Receiver
) -> None:
    with daemon_in_a_home("--token", "s3cret") as daemon:
        site = Site(daemon, receiver)
        with opened(site.url) as page:
            page.get_by_label("Token").fill("wrong")
            page.get_by_role("button", name="Come in").click()
            expect(page.get_by_role("alert")).to_contain_text("the token is wrong")
            page.get_by_label("Token").fill("s3cret")
            page.get_by_role("button", name="Come in").click()
            expect(page.locator(".headline")).to_be_visible()
            expect(page.locator("[data-link=live]")).to_be_visible()
            (cookie,) = page.context.cookies()
            assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
            assert page.evaluate("document.cookie") == ""
            page.reload()
            expect(page.locator(".headline")).to_be_visible()


def test_somebody_backfills_the_last_hours_once_they_see_what_would_run(site: Site, page: Page) -> None:
    site.add("report", {"type": "cron", "expression": "0 */6 * * *", "action": site.hook()})
    page.goto(f"{site.url}/#/agents/report")
    page.get_by_role("button", name="Backfill …").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("4 slots: ")
    dialog.get_by_label("From").fill("2100-01-01T00:00:00")
    expect(dialog).to_contain_text("a backfill runs from a moment to a later one")
    expect(dialog.get_by_role("button", name="Run them")).to_be_disabled()
    dialog.get_by_label("From").fill("2026-01-01T00:00:00")
    dialog.get_by_label("To").fill("2026-01-01T23:59:59")
    dialog.get_by_role("button", name="Run 4 slots").click()
    expect(page.get_by_role("status")).to_contain_text("4 runs made, one after the other")
    expect(page.locator(".ledger tr[data-state=succeeded]")).to_have_count(4)


def test_somebody_looks_up_what_a_model_has_cost(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/#/spending")
    expect(page.get_by_role("heading", name="Nothing was spent")).to_be_visible()
    with ModelServer().listening() as model:
        price = {"input": 100, "output": 200}
        question = {"type": "llm", "model": "openai:m", "base_url": model.url, "prompt": "hi", "price": price}
        site.add("thinker", question)
        site.fire("thinker")
    row = page.get_by_role("table").get_by_role("row", name="thinker")
    expect(row).to_contain_text("$0.01")
    expect(row).to_contain_text("120")
    page.get_by_role("button", name="Today").click()
    expect(page.get_by_role("button", name="Today")).to_have_attribute("aria-pressed", "true")
    row.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("thinker")
