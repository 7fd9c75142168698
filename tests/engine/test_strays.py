"""Strays: where the store and a daemon disagree, the store is right, and nothing is forgotten."""

from typing import cast

from conftest import HandClock, WithStore
from making import cron, failure, ledger, save, tools
from pypes.clock import SECOND
from pypes.engine.claiming import claim
from pypes.engine.dispatcher import Dispatcher
from pypes.engine.recorder import Recorder
from pypes.engine.strays import Strays
from pypes.model.run import Claimed
from pypes.steps.rendering import ready
from pypes.steps.webhook import Webhook
from pypes.store.correcting import cancel
from pypes.store.pausing import pause
from pypes.store.store import Store


class Hands:
    """What is held, as a dispatcher would say it."""

    def __init__(self) -> None:
        self.runs: dict[str, Claimed] = {}
        self.revoked: list[str] = []
        self.was_cut: list[str] = []

    def holds(self, run_id: str) -> bool:
        return run_id in self.runs

    def held_ids(self) -> list[str]:
        return list(self.runs)

    def revoke(self, run_ids: dict[str, str]) -> None:
        self.revoked += run_ids

    def cut(self, run_ids: list[str]) -> None:
        self.was_cut += run_ids


class Desk:
    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = HandClock()
        self.hands = Hands()
        self.tools = tools(store, self.clock)
        self.recorder = Recorder(self.tools, is_busy=lambda: False)
        self.strays = Strays(self.tools, cast("Dispatcher", self.hands), self.recorder)

    async def claim(self, number: int) -> list[Claimed]:
        """So many runs, all due in half a second, claimed but not yet handed on."""
        await save(self.store, "a", *[cron("* * * * * *", id=str(each)) for each in range(number)])
        now = self.clock.advance(SECOND // 2)
        return (await self.store.write(lambda tx: claim(tx, now=now, owner="me", limit=100))).runs


def test_a_claim_whose_answer_was_lost_is_given_back(with_store: WithStore) -> None:
    async def story(store: Store) -> None:
        desk = Desk(store)
        runs = await desk.claim(3)
        desk.hands.runs = {runs[0].id: runs[0]}
        desk.recorder.add(runs[1], ready(Webhook(url="http://localhost/")), failure(desk.clock.now()))
        await desk.strays.look()
        assert {row.state for row in await store.read(ledger)} == {"running"}
        store.reopened += 1
        await desk.strays.look()
        states = {row.id: row.state for row in await store.read(ledger)}
        assert states == {runs[0].id: "running", runs[1].id: "running", runs[2].id: "waiting"}

    with_store(story)


def test_what_was_called_off_through_another_daemon_is_dropped_here(with_shared: WithStore) -> None:
    async def story(store: Store) -> None:
        desk = Desk(store)
        runs = {run.action: run for run in await desk.claim(3)}
        desk.hands.runs = {run.id: run for run in runs.values()}
        now = desk.clock.now()
        other = await Store.open(store.database)
        await other.write(lambda tx: pause(tx, "a", 0, note=None, until=None, now=now))
        await other.write(lambda tx: cancel(tx, runs[1].id, now))
        await other.close()
        await desk.strays.look()
        assert desk.hands.revoked == []
        desk.tools.presence.wants_look = True
        await desk.strays.look()
        assert set(desk.hands.revoked) == {runs[0].id, runs[1].id}
        assert desk.hands.was_cut == [runs[1].id]

    with_shared(story)
