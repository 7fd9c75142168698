"""What a page for people asks: overview, an agent's figures, roster, timeline, requests, checks."""

from typing import Any

import pytest

from conftest import NOON
from making import DAY, HOUR, MINUTE, claimed, cron, every, failure, receipt, settled, webhook
from pypes.clock import SECOND
from pypes.store.tx import Tx

from .client import Client
from .conftest import Tell
from .ledger import a_run, a_skip


async def ran(client: Client, slot: int, name: str = "a", *, good: bool = True, took: int = 5000) -> str:
    """A run of an action of its own that was started on time, and ended after so many microseconds."""
    row = a_run(slot, name, state="running", owner="here")
    run = claimed(id=row.id, agent=name, action_id=name, slot=slot, due_at=slot)
    outcome = receipt(slot, finished=slot + took) if good else failure(slot, retryable=False)

    def write(tx: Tx) -> None:
        tx.insert_runs([row])
        tx.settle_runs([settled(run, outcome)], "here")

    await client.services.store.write(write)
    return run.id


async def skipped(client: Client, slot: int, name: str, count: int) -> None:
    row = a_skip(slot, name, last=slot + (count - 1) * SECOND, count=count)
    await client.services.store.write(lambda tx: tx.insert_skip(row))


def test_an_empty_store_has_an_overview(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        overview = (await client.get("/overview")).json()
        assert overview["counts"] == {"agents": 0, "schedules": 0, "runs": 0}
        assert overview["recent"] == {
            "rows": 0,
            "since": None,
            "slots": {},
            "success": None,
            "latency_ms": None,
            "lateness_ms": None,
        }
        assert (overview["failures"], overview["problems"], overview["node"]) == ([], {}, "here")

    with_app(story)


def test_the_overview_sums_up_the_newest_runs_and_names_what_failed(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        for second in range(1, 10):
            await ran(client, NOON - second * MINUTE, took=second * 1000)
        failed = await ran(client, NOON - SECOND, "b", good=False)
        await skipped(client, NOON - HOUR, "a", 30)
        client.services.health.report("store", "the disk is full")
        overview = (await client.get("/overview")).json()
        recent = overview["recent"]
        assert recent["slots"] == {"succeeded": 9, "failed": 1, "skipped": 30}
        assert (recent["rows"], recent["success"]) == (11, 0.9)
        assert recent["since"] == "2026-05-03T11:00:00Z"
        assert recent["latency_ms"] == {"p50": 5.0, "p95": 9.0}
        assert [run["id"] for run in overview["failures"]] == [failed]
        assert overview["problems"] == {"store": "the disk is full"}
        assert overview["pulse"]["lateness_ms"]["runs"] == 2
        assert (overview["pulse"]["fires"], overview["pulse"]["failed"]) == (1, 1)

    with_app(story)


def test_of_a_crowded_second_a_part_is_read_and_the_rest_counted(
    with_app: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pypes.web.pulse.MOST_READ", 10)

    async def story(client: Client) -> None:
        for number in range(40):
            await ran(client, NOON - SECOND + number, good=bool(number % 2))
        pulse = (await client.get("/overview")).json()["pulse"]
        assert (pulse["fires"], pulse["succeeded"], pulse["failed"]) == (40, 20, 20)

    with_app(story)


def test_what_is_due_and_not_taken_is_told_as_being_behind(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a", "actions": [every("1s")]})
        assert (await client.get("/overview")).json()["pulse"]["behind_ms"] == 0
        client.services.clock.advance(4 * SECOND)  # type: ignore[attr-defined]
        assert (await client.get("/overview")).json()["pulse"]["behind_ms"] == 3000

    with_app(story)


def test_an_agents_own_figures_leave_out_those_of_others(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a"})
        await ran(client, NOON - MINUTE, "a")
        await ran(client, NOON - MINUTE, "b", good=False)
        recent = (await client.get("/agents/a/recent")).json()
        assert (recent["rows"], recent["success"]) == (1, 1.0)
        assert (await client.get("/agents/nobody/recent")).status == 404

    with_app(story)


def names(page: dict[str, Any]) -> list[str]:
    return [item["name"] for item in page["items"]]


async def roster(client: Client, **query: Any) -> list[list[str]]:
    """The names on each page."""
    pages, cursor = [], ""
    while True:
        given = "&".join(f"{key}={value}" for key, value in query.items())
        page = (await client.get(f"/roster?{given}{cursor}")).json()
        pages.append(names(page))
        if page["next"] is None:
            return pages
        cursor = f"&cursor={page['next']}"


def test_the_roster_says_where_an_agent_stands_and_how_its_last_runs_went(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        actions = [cron("0 9 * * *", timezone="Europe/Berlin"), every("10m"), webhook(), "a label"]
        await client.post("/agents", {"name": "a", "actions": actions})
        for number in range(22):
            await ran(client, NOON - number * MINUTE - SECOND, good=number != 1)
        ((item,),) = [(await client.get("/roster")).json()["items"]]
        assert (item["state"], item["actions"], item["triggers"], item["paused"]) == ("active", 4, 2, 0)
        assert (item["text"], item["timezone"], item["next"]) == ("Every 10m", "UTC", "2026-05-03T12:10:00Z")
        assert [past["state"] for past in item["outcomes"][:3]] == ["succeeded", "failed", "succeeded"]
        assert len(item["outcomes"]) == 20
        assert item["outcomes"][0]["latency_ms"] == 5.0
        await client.post("/agents/a/pause", {"action": 0})
        assert (await client.get("/roster")).json()["items"][0]["paused"] == 1
        await client.post("/agents/a/pause")
        (item,) = (await client.get("/roster")).json()["items"]
        assert (item["state"], item["next"]) == ("paused", None)

    with_app(story)


def test_the_roster_is_read_page_by_page_in_each_of_its_orders(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        for number, name in enumerate(("delta", "Alpha", "charlie", "bravo", "idle")):
            actions = [every(f"{number + 1}h"), every("9h")] if name != "idle" else []
            await client.post("/agents", {"name": name, "actions": actions})
            client.services.clock.advance(SECOND)  # type: ignore[attr-defined]
        assert await roster(client, limit=2) == [["Alpha", "bravo"], ["charlie", "delta"], ["idle"]]
        soonest = [["delta", "Alpha"], ["charlie", "bravo"]]
        assert await roster(client, limit=2, sort="next") == soonest
        await client.post("/agents/charlie/pause")
        changed = [["charlie", "idle"], ["bravo", "Alpha"], ["delta"]]
        assert await roster(client, limit=2, sort="changed") == changed
        assert await roster(client, state="paused") == [["charlie"]]
        assert await roster(client, state="finished") == [[]]

    with_app(story)


def test_the_roster_is_searched_by_a_part_of_the_name_in_any_case(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", [{"name": "Inbox-1"}, {"name": "outbox"}, {"name": "100%_sure"}])
        assert await roster(client, search="BOX") == [["Inbox-1", "outbox"]]
        assert await roster(client, search="%25_") == [["100%_sure"]]
        assert await roster(client, search="nothing") == [[]]
        assert await roster(client, agent="outbox") == [["outbox"]]
        assert await roster(client, agent="box") == [[]]

    with_app(story)


def test_a_cursor_of_another_list_is_refused(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        answer = await client.get("/roster?sort=next&cursor=delta")
        assert (answer.status, "`cursor`" in answer.detail) == (422, True)

    with_app(story)


def test_the_timeline_counts_what_was_and_what_is_to_come(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a", "actions": [every("1h"), every("1h", id="twin")]})
        await client.post("/agents", {"name": "b", "actions": [cron("30 * * * *")]})
        await ran(client, NOON - HOUR, "a")
        await ran(client, NOON - HOUR + SECOND, "b", good=False)
        await skipped(client, NOON - 2 * HOUR, "a", 60)
        line = (await client.get("/timeline?buckets=48")).json()
        assert (line["from"], line["to"]) == ("2026-05-02T12:00:00Z", "2026-05-04T12:00:00Z")
        by_start = {bucket["start"][11:13]: bucket["slots"] for bucket in line["buckets"][20:28]}
        assert by_start["09"] == {}
        assert by_start["10"] == {"skipped": 60}
        assert by_start["11"] == {"succeeded": 1, "failed": 1}
        assert by_start["13"] == {"planned": 3}
        assert line["complete"]
        mine = (await client.get("/timeline?buckets=48&agent=b")).json()
        assert mine["buckets"][23]["slots"] == {"failed": 1}
        assert mine["buckets"][25]["slots"] == {"planned": 1}
        assert (await client.get("/timeline?agent=nobody")).status == 404
        assert (await client.get("/timeline?from=2026-05-03T12:00:00Z&to=2026-05-03T12:00:00Z")).status == 422

    with_app(story)


def test_of_a_crowded_stretch_a_part_is_read_and_the_rest_estimated(
    with_app: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pypes.web.timeline.MOST_ROWS", 10)

    async def story(client: Client) -> None:
        for number in range(30):
            await ran(client, NOON - 30 * MINUTE + number * MINUTE, good=bool(number % 2))
        line = (await client.get("/timeline?buckets=2")).json()
        (past, _) = line["buckets"]
        assert past["estimated"]
        assert 25 <= sum(past["slots"].values()) <= 35

    with_app(story)


def test_a_runs_request_is_shown_with_its_secrets_masked(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        headers = {"Authorization": "Bearer sk-1", "X-Kind": "note"}
        action = webhook(url="http://me:pw@127.0.0.1:9/hook", headers=headers, payload={"event": "x"})
        await client.post("/agents", {"name": "a", "actions": [every("1h", action=action)]})
        slot = NOON + 5

        def write(tx: Tx) -> str:
            (action_row,) = tx.actions_of_agent(tx.agents_page("", 1)[0].id)
            run = a_run(slot, action_id=action_row.id, payload='{"mine":1}')
            tx.insert_runs([run])
            return run.id

        run = await client.services.store.write(write)
        shown = (await client.get(f"/runs/{run}/request")).json()
        assert shown["headers"] == {"Authorization": "***", "X-Kind": "note"}
        assert "pw" not in shown["url"]
        assert (shown["payload"], shown["replaced"]) == ({"mine": 1}, True)
        assert (await client.get("/runs/00/request")).status == 404

    with_app(story)


def test_a_run_whose_action_is_forgotten_says_so(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        run = await ran(client, NOON - DAY)
        answer = await client.get(f"/runs/{run}/request")
        assert (answer.status, "forgotten" in answer.detail) == (409, True)

    with_app(story)


def test_an_agent_is_checked_without_being_stored(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        past = {"type": "at", "time": "2020-01-01T00:00:00Z", "action": webhook()}
        actions = [cron("0 9 * * *"), webhook(), "a label", past]
        checked = (await client.post("/check", {"name": "a", "actions": actions})).json()
        assert checked["actions"][0] == {
            "action": 0,
            "type": "cron",
            "text": "At 09:00",
            "next": "2026-05-04T09:00:00Z",
        }
        assert [each["type"] for each in checked["actions"]] == ["cron", "webhook", "unrecognized", "at"]
        assert "is past" in checked["warnings"][0]
        wrong = await client.post("/check", {"name": "a", "actions": [cron("61 * * * *")]})
        assert (wrong.status, wrong.json()["path"]) == (422, "$.actions[0].expression")
        assert (await client.get("/agents")).json() == []

    with_app(story)


def test_a_preview_tells_what_each_rule_makes_of_the_nights_of_change(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        question = {"expression": "30 2 * * *", "timezone": "Europe/Berlin", "clock_changes": True}
        back, forward = (await client.post("/schedules/preview", question)).json()["clock_changes"]
        assert (back["at"], back["shift"]) == ("2026-10-25T01:00:00Z", "-1h")
        assert {rule: len(fires) for rule, fires in back["fires"].items()} == {
            "vixie": 1,
            "skip": 1,
            "literal": 2,
        }
        assert (forward["at"], forward["shift"]) == ("2027-03-28T01:00:00Z", "+1h")
        assert forward["fires"] == {"vixie": ["2027-03-28T01:00:00Z"], "skip": [], "literal": []}
        question |= {"timezone": "UTC"}
        assert (await client.post("/schedules/preview", question)).json()["clock_changes"] == []

    with_app(story)
