"""Probes, metrics and the page."""

import pytest

from making import cron, webhook
from pypes.store.requesting import request_run

from .client import Client
from .conftest import Tell


def test_a_daemon_that_answers_is_alive_and_ready_while_nothing_is_wrong(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        health = client.services.health
        health.restarted("scheduler")
        ready = await client.get("/readyz")
        assert (ready.status, ready.json()) == (
            200,
            {"ready": True, "problems": {}, "restarts": {"scheduler": 1}},
        )
        health.report("store", "the disk is full")
        unready = await client.get("/readyz")
        assert (unready.status, unready.json()["problems"]) == (503, {"store": "the disk is full"})
        alive = await client.get("/healthz")
        assert (alive.status, alive.body) == (200, b'{"ok":true}')

    with_app(story)


def test_this_daemon_is_the_node_that_is_listed(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a", "actions": [cron()]})
        (node,) = (await client.get("/nodes")).json()["items"]
        assert (node["node"], node["started"]) == ("here", "2026-05-03T12:00:00.000Z")
        assert (node["agents"], node["schedules"]) == (1, 1)

    with_app(story)


@pytest.mark.parametrize(
    "line",
    [
        "pypes_fires_total 2.0",
        'pypes_attempts_total{outcome="failed"} 1.0',
        'pypes_lateness_seconds_bucket{le="0.001"} 1.0',
        'pypes_lateness_seconds_bucket{le="0.005"} 2.0',
        'pypes_lateness_seconds_bucket{le="+Inf"} 2.0',
        "pypes_lateness_seconds_sum 0.0035",
        'pypes_open_runs{state="waiting"} 1.0',
        'pypes_open_runs{state="running"} 0.0',
        "pypes_queue 1.0",
        "pypes_agents 1.0",
        "pypes_schedules_active 1.0",
        "pypes_ledger_runs 1.0",
        "pypes_ready 0.0",
        'pypes_loop_restarts_total{loop="janitor"} 1.0',
    ],
)
def test_metrics_tell_what_was_counted(with_app: Tell, line: str) -> None:
    async def story(client: Client) -> None:
        services = client.services
        await client.post("/agents", {"name": "a", "actions": [cron(), webhook()]})
        actions = await services.store.read(lambda tx: tx.actions_of_agent(tx.agents_page("", 1)[0].id))
        now = services.clock.now()
        await services.store.write(lambda tx: request_run(tx, actions[1], agent="a", salt="", now=now))
        services.figures.first_attempt(500)
        services.figures.first_attempt(3_000)
        services.figures.attempts["failed"] += 1
        services.health.report("store", "slow")
        services.health.restarted("janitor")
        answer = await client.get("/metrics")
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert line in answer.body.decode().splitlines()

    with_app(story)


def test_metrics_tell_of_the_store_the_build_and_the_process(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        await client.post("/agents", {"name": "a"})
        names = {line.partition(" ")[0].partition("{")[0] for line in (await metrics(client))}
        assert {"pypes_store_commit_seconds", "pypes_store_commits_total", "pypes_build_info"} <= names

    async def metrics(client: Client) -> list[str]:
        return (await client.get("/metrics")).body.decode().splitlines()

    with_app(story)


def test_a_browser_gets_a_page(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        page = await client.get("/", sec_fetch_site="cross-site")
        assert page.status == 200
        assert page.headers["content-type"].startswith("text/html")

    with_app(story)
