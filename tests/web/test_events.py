"""The stream of events: what is told, to whom, how it resumes, and that nobody looks while nobody watches."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from conftest import NOON, HandClock
from making import agent, cron, every, webhook
from pypes.clock import SECOND
from pypes.errors import Unavailable
from pypes.model.run import run_id
from pypes.store.postgres import Postgres
from pypes.store.saving import delete_agent, save_agent
from pypes.store.store import Store
from pypes.store.tx import Tx
from pypes.web import changes, watch

from .client import Client, services_for
from .conftest import Tell, WithStore
from .ledger import a_run, a_skip
from .streaming import watching


async def add(client: Client, name: str, *actions: Any) -> None:
    parsed = agent(name, *(actions or [every("1h")]))
    now = client.services.clock.now()
    await client.services.store.write(lambda tx: save_agent(tx, parsed, now=now))


def born(tx: Tx, moment: int, name: str = "a", **fields: Any) -> str:
    """A run that waits, under an action of its own."""
    run = a_run(moment, name, **fields)
    tx.insert_runs([run])
    return run.id


def ended(tx: Tx, moment: int, name: str = "a", *, now: int, **fields: Any) -> str:
    """A run that failed at `now`."""
    run = born(tx, moment, name, **fields)
    tx.fail_run(run, "kaboom", now)
    return run


def clock_of(client: Client) -> HandClock:
    assert isinstance(client.services.clock, HandClock)
    return client.services.clock


def test_a_stream_begins_with_the_figures_of_the_moment_and_may_not_be_kept(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        async with watching(client.app) as stream:
            event = await stream.next()
            assert event.kind == "lag"
            assert event.id == f"{NOON:014x}"
            assert event.data["at"] == "2026-05-03T12:00:00.000Z"
            assert (event.data["fires"], event.data["behind_ms"], event.data["missed"]) == (0, 0, False)
            assert stream.status == 200
            assert stream.headers["content-type"].startswith("text/event-stream")
            assert stream.headers["cache-control"] == "no-store"
            assert "content-length" not in stream.headers

    with_app(story)


def test_agents_are_told_when_they_are_saved_paused_and_removed(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        async with watching(client.app) as stream:
            await stream.next("lag")
            await client.post("/agents", {"name": "a", "actions": [cron("0 9 * * *")]})
            saved = await stream.next("agent.changed")
            assert (saved.data["name"], saved.data["state"]) == ("a", "active")
            assert saved.data["text"] == "At 09:00"
            clock_of(client).advance(SECOND)
            await client.post("/agents/a/pause")
            assert (await stream.next("agent.changed")).data["state"] == "paused"
            await client.send("DELETE", "/agents/a")
            assert (await stream.next("agent.deleted")).data["name"] == "a"

    with_app(story)


def test_a_run_is_told_when_it_is_over_and_when_it_is_under_way_and_each_once(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        store = client.services.store
        async with watching(client.app) as stream:
            await stream.next("lag")
            run = await store.write(lambda tx: born(tx, NOON))
            await store.write(lambda tx: tx.claim_runs([run], "here"))
            begun = await stream.next("run.started")
            assert (begun.data["id"], begun.data["state"]) == (run, "running")
            other = await store.write(lambda tx: ended(tx, NOON, "b", now=NOON))
            over = await stream.next("run.started", "run.finished")
            assert (over.kind, over.data["id"], over.data["reason"]) == ("run.finished", other, "kaboom")
            await store.write(lambda tx: tx.insert_skip(a_skip(NOON, "c", last=NOON)))
            news = await stream.next("run.started", "run.finished", "run.skipped")
            assert (news.kind, news.data["reason"]) == ("run.skipped", "overlap")

    with_app(story)


def test_a_run_that_ends_long_after_its_slot_is_told_too(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        async with watching(client.app) as stream:
            await stream.next("lag")
            yesterday = NOON - 86_400 * SECOND
            run = await client.services.store.write(lambda tx: ended(tx, yesterday, now=NOON))
            assert (await stream.next("run.finished")).data["id"] == run

    with_app(story)


@pytest.mark.parametrize("by_header", [True, False])
def test_a_viewer_who_comes_back_is_told_the_state_of_all_that_changed(
    with_app: Tell, *, by_header: bool
) -> None:
    async def story(client: Client) -> None:
        async with watching(client.app) as stream:
            last = (await stream.next("lag")).id
        clock_of(client).advance(600 * SECOND)
        now = client.services.clock.now()
        await add(client, "new")
        await client.services.store.write(
            lambda tx: [ended(tx, now - 60 * SECOND, now=now), ended(tx, NOON, now=now)]
        )
        clock_of(client).advance(60 * SECOND)
        resumed = {"last_event_id": last} if by_header else {}
        async with watching(client.app, "" if by_header else f"since={last}", **resumed) as stream:
            kinds = [(await stream.next()).kind for _ in range(4)]
            assert kinds == ["run.finished", "run.finished", "agent.changed", "lag"]

    with_app(story)


def test_an_id_that_is_none_is_refused(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        answer = await client.get("/events?since=yesterday")
        assert answer.status == 422
        assert "not the id of an event" in answer.detail

    with_app(story)


def test_many_runs_are_summed_up_and_only_failures_told_one_by_one(with_app: Tell) -> None:
    moment = NOON - SECOND

    def crowd(tx: Tx) -> None:
        for number in range(changes.MANY + 2):
            fields = {"state": "running", "owner": "x"} if number else {}
            born(tx, moment + number, f"a{number}", **fields)

    async def story(client: Client) -> None:
        store = client.services.store
        await store.write(crowd)
        async with watching(client.app) as stream:
            pulse = await stream.next("lag")
            while pulse.data["each"]:
                pulse = await stream.next("lag")
            assert pulse.data["fires"] == changes.MANY + 1
            await store.write(lambda tx: tx.cancel_run(run_id(moment + 1, "a1", "timed"), "by hand", NOON))
            failed = await store.write(lambda tx: ended(tx, NOON, "broken", now=NOON))
            assert (await stream.next("run.finished", "run.started")).data["id"] == failed

    with_app(story)


def test_many_agents_at_once_are_one_event(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        async with watching(client.app) as stream:
            await stream.next("lag")
            count = changes.MOST_AGENTS + 1
            await client.post("/agents", [{"name": f"a{number}"} for number in range(count)])
            assert (await stream.next("agent.changed")).data == {"name": None, "count": count}

    with_app(story)


def test_all_viewers_share_one_look_which_ends_with_the_last_of_them(
    with_app: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []
    read = changes.Changes.read

    def counted(self: changes.Changes, tx: Tx, now: int, *, pulse: bool) -> list[changes.Event]:
        looks.append(now)
        return read(self, tx, now, pulse=pulse)

    monkeypatch.setattr(changes.Changes, "read", counted)

    async def story(client: Client) -> None:
        hub = client.services.watch
        assert hub.viewers == 0
        await add(client, "before")
        assert not looks
        async with watching(client.app) as one, watching(client.app) as other:
            await asyncio.gather(one.next("lag"), other.next("lag"))
            assert hub.viewers == 2
            await add(client, "a")
            told = await asyncio.gather(one.next("agent.changed"), other.next("agent.changed"))
            assert [event.data["name"] for event in told] in (["before"] * 2, ["a"] * 2)
            assert told[0] == told[1]
        assert hub.viewers == 0
        seen = len(looks)
        await add(client, "b")
        await add(client, "c")
        assert len(looks) == seen

    with_app(story)


def test_a_viewer_who_does_not_read_is_let_go_and_told_how_to_come_back(
    with_app: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "MOST_WAITING", 2000)
    monkeypatch.setattr(watch, "GAP", 0.01)

    async def story(client: Client) -> None:
        async with watching(client.app) as slow, watching(client.app) as quick:
            await slow.next("lag")
            slow.gate.clear()
            number = 0
            while not [viewer for viewer in client.services.watch._viewers if viewer.is_over]:
                number += 1
                await add(client, f"a{number}")
                await quick.next("agent.changed")
            slow.gate.set()
            await slow.ended.wait()
            assert slow.text.endswith(watch.FAREWELL)
            await add(client, "after")
            await quick.next("agent.changed")

    with_app(story)


def test_streams_end_when_the_daemon_stops(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        async with watching(client.app) as stream:
            await stream.next("lag")
            client.services.stopping.set()
            await stream.ended.wait()

    with_app(story)


def test_one_viewer_too_many_is_told_so(with_app: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "MOST_VIEWERS", 1)

    async def story(client: Client) -> None:
        async with watching(client.app) as stream:
            await stream.next("lag")
            answer = await client.get("/events")
            assert answer.status == 429
            assert answer.detail.startswith("1 viewers are watching already")
            assert client.services.watch.viewers == 1

    with_app(story)


def test_what_another_daemon_changes_is_told_too(
    with_shared: WithStore, shared_store: Postgres, clock: HandClock, tmp_path: Path
) -> None:
    async def story(store: Store) -> None:
        client = Client(services_for(store, clock, tmp_path))
        other = await Store.open(shared_store)
        try:
            async with watching(client.app) as stream:
                await stream.next("lag")
                await add(Client(services_for(other, clock, tmp_path)), "elsewhere")
                assert (await stream.next("agent.changed")).data["name"] == "elsewhere"
                run = await other.write(lambda tx: ended(tx, NOON, now=NOON))
                assert (await stream.next("run.finished")).data["id"] == run
        finally:
            await other.close()

    with_shared(story)


def test_a_look_that_fails_loses_nothing(with_app: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(client: Client) -> None:
        store = client.services.store
        look = changes.Changes(NOON - 1)
        run = await store.write(lambda tx: ended(tx, NOON, now=NOON))

        def broken(*_: Any, **__: Any) -> None:
            raise Unavailable("gone")

        with monkeypatch.context() as patch:
            patch.setattr(changes, "read_pulse", broken)
            with pytest.raises(Unavailable, match="gone"):
                await store.read(lambda tx: look.read(tx, NOON, pulse=True))
        events = await store.read(lambda tx: look.read(tx, NOON, pulse=False))
        assert [event.kind for event in events] == ["run.finished"]
        assert run.encode() in events[0].data
        assert not await store.read(lambda tx: look.read(tx, NOON, pulse=False))

    with_app(story)


def test_viewers_of_a_watch_that_cannot_go_on_are_sent_away_to_come_back(
    with_app: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(self: changes.StoreLook, *, pulse: bool) -> bytes:
        raise ValueError("a bug")

    async def story(client: Client) -> None:
        said: list[str] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: said.append(str(context.get("exception"))))
        with monkeypatch.context() as patch:
            patch.setattr(changes.StoreLook, "news", broken)
            async with watching(client.app) as stream:
                await stream.ended.wait()
        assert said == ["a bug"]
        async with watching(client.app) as stream:
            await stream.next("lag")
            await add(client, "a")
            assert (await stream.next("agent.changed")).data["name"] == "a"

    with_app(story)


def test_an_agent_that_left_long_ago_is_forgotten(with_app: Tell) -> None:
    async def story(client: Client) -> None:
        store = client.services.store
        await add(client, "old", webhook())
        await add(client, "young", webhook())
        await store.write(lambda tx: delete_agent(tx, "old", NOON))
        later = NOON + 8 * 86_400 * SECOND
        await store.write(lambda tx: delete_agent(tx, "young", later))
        assert await store.read(lambda tx: tx.agents_departed(0, 10)) == [("young", later)]

    with_app(story)
