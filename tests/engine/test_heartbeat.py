"""Heartbeats and leases: who is heard may start things; of whom nothing is heard, others take over."""

from typing import cast

import pytest

from conftest import NOON, HandClock, WithStore
from making import cron, ledger, receipt, save, settled, tools
from pypes.clock import SECOND, SharedClock
from pypes.engine import heartbeat as module
from pypes.engine.claiming import claim
from pypes.engine.dispatcher import Dispatcher
from pypes.engine.heartbeat import JUDGING_AFTER, Heartbeat
from pypes.engine.lease import EVERY, FENCE, TERM, Lease
from pypes.engine.recording import record
from pypes.engine.taking_over import rescue
from pypes.errors import Unavailable
from pypes.health import Health
from pypes.model.run import Claimed
from pypes.store.run_rows import RunRow
from pypes.store.store import Store
from pypes.store.tx import Tx


class Hands:
    """What a heartbeat needs of a dispatcher, remembered."""

    def __init__(self) -> None:
        self.runs: dict[str, Claimed] = {}
        self.sent: set[str] = set()
        self.went_on = 0

    @property
    def held(self) -> int:
        return len(self.runs)

    def go_on(self) -> None:
        self.went_on += 1

    def take_unsent(self) -> list[tuple[str, int]]:
        unsent = [(run.id, run.due_at) for run in self.runs.values() if run.id not in self.sent]
        for run_id, _ in unsent:
            del self.runs[run_id]
        return unsent

    def withdraw_all(self) -> tuple[int, int]:
        unsent, sent = len(self.take_unsent()), len(self.runs)
        self.runs.clear()
        return unsent, sent


class Node:
    """A daemon in slow motion, on a store that it shares."""

    def __init__(self, store: Store, clock: HandClock, name: str, *, place: str | None = None) -> None:
        self.name = name
        self.store = store
        self.clock = clock
        self.hands = Hands()
        self.health = Health()
        is_shared = store.database.dialect.is_shared
        self.lease = Lease(clock, is_shared=is_shared)
        self.tools = tools(store, clock, owner=name, health=self.health, lease=self.lease)
        self.heartbeat = Heartbeat(self.tools, cast("Dispatcher", self.hands), place=place or name)

    async def begin(self) -> None:
        await self.heartbeat.begin()

    async def round(self) -> None:
        self.heartbeat._look_at_oneself()
        await self.heartbeat._round()

    async def claim(self) -> list[Claimed]:
        runs = (
            await self.store.write(lambda tx: claim(tx, now=self.clock.now(), owner=self.name, limit=100))
        ).runs
        self.hands.runs |= {run.id: run for run in runs}
        return runs


async def pass_time(seconds: int, clock: HandClock, *nodes: Node) -> None:
    """Second after second, these are there."""
    for _ in range(seconds):
        clock.advance(SECOND)
        for node in nodes:
            await node.round()


async def names(store: Store) -> list[str]:
    return [row.id for row in await store.read(Tx.nodes)]


async def rows(store: Store) -> list[RunRow]:
    return await store.read(ledger)


def test_a_lease_holds_until_the_fence_after_the_last_word_that_was_heard(clock: HandClock) -> None:
    lease = Lease(clock, is_shared=True)
    assert not lease.holds()
    lease.renew(clock.now())
    clock.advance(FENCE - 1)
    assert lease.holds()
    clock.advance(1)
    assert not lease.holds()
    assert FENCE < TERM


def test_whoever_shares_nothing_needs_no_lease(clock: HandClock) -> None:
    assert Lease(clock).holds()


def test_a_dead_daemons_runs_are_taken_over_within_its_term(with_shared: WithStore, clock: HandClock) -> None:
    async def story(store: Store) -> None:
        dead, alive = Node(store, clock, "dead"), Node(store, clock, "alive")
        await save(store, "a", cron("* * * * * *", overlap="allow_all"))
        await dead.begin()
        await alive.begin()
        await pass_time(JUDGING_AFTER // SECOND, clock, dead, alive)
        (run, *_) = await dead.claim()
        await pass_time(TERM // SECOND - 1, clock, alive)
        assert set(await names(store)) == {"alive", "dead"}
        await pass_time(EVERY // SECOND + 1, clock, alive)
        assert await names(store) == ["alive"]
        again = {each.id for each in await alive.claim()}
        assert run.id in again

    with_shared(story)


def test_a_frozen_daemon_that_wakes_drops_what_it_held_and_none_of_its_results_counts(
    with_shared: WithStore, clock: HandClock, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story(store: Store) -> None:
        frozen, alive = Node(store, clock, "frozen"), Node(store, clock, "alive")
        await save(store, "a", cron("* * * * * *", overlap="allow_all"))
        await frozen.begin()
        await alive.begin()
        await pass_time(JUDGING_AFTER // SECOND, clock, frozen, alive)
        runs = await frozen.claim()
        frozen.hands.sent = {runs[0].id}
        await pass_time((TERM + EVERY) // SECOND, clock, alive)
        assert not frozen.lease.holds()
        done = settled(runs[0], receipt(clock.now()))
        assert await store.write(lambda tx: record(tx, [done], owner="frozen", now=clock.now())) == [0]
        await frozen.round()
        assert frozen.hands.runs == {}
        assert frozen.tools.figures.results_refused == 1
        assert frozen.lease.holds()
        assert set(await names(store)) == {"alive", "frozen"}

    with_shared(story)
    assert "others took over what it held" in capsys.readouterr().err


def test_a_daemon_that_is_only_late_keeps_what_nobody_took_over(
    with_shared: WithStore, clock: HandClock
) -> None:
    async def story(store: Store) -> None:
        node = Node(store, clock, "late")
        await node.begin()
        await save(store, "a", cron("* * * * * *"))
        await pass_time(1, clock, node)
        assert await node.claim()
        clock.advance(3 * TERM)
        assert not node.lease.holds()
        went_on = node.hands.went_on
        await node.round()
        assert node.lease.holds()
        assert node.hands.held == 1
        assert node.hands.went_on == went_on + 1

    with_shared(story)


def test_a_database_that_is_away_is_told_once_and_nothing_is_started(
    with_shared: WithStore,
    clock: HandClock,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story(store: Store) -> None:
        async def away(_unit: object) -> None:
            raise Unavailable("cannot be reached")

        node = Node(store, clock, "n")
        await node.begin()
        monkeypatch.setattr(store, "write", away)
        await pass_time(30, clock, node)
        assert not node.lease.holds()
        assert "nothing is started" in node.health.problems["lease"]
        monkeypatch.undo()
        await node.round()
        assert node.health.problems == {}

    with_shared(story)
    said = capsys.readouterr().err
    assert said.count("nothing is started") == 1
    assert said.count("heard again") == 1


def test_after_an_outage_nobody_is_given_up_before_everybody_could_be_heard(
    with_shared: WithStore, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(store: Store) -> None:
        async def away(_unit: object) -> None:
            raise Unavailable("cannot be reached")

        first, second = Node(store, clock, "first"), Node(store, clock, "second")
        await first.begin()
        await second.begin()
        await pass_time(JUDGING_AFTER // SECOND, clock, first, second)
        monkeypatch.setattr(store, "write", away)
        await pass_time(60, clock, first, second)
        monkeypatch.undo()
        await pass_time(JUDGING_AFTER // SECOND - 1, clock, first)
        assert set(await names(store)) == {"first", "second"}
        await pass_time(1, clock, second, first)
        await pass_time(20, clock, first, second)
        assert set(await names(store)) == {"first", "second"}

    with_shared(story)


def test_a_new_daemon_in_the_same_home_takes_over_at_once(with_shared: WithStore, clock: HandClock) -> None:
    async def story(store: Store) -> None:
        before, other = Node(store, clock, "before", place="here"), Node(store, clock, "other", place="there")
        await save(store, "a", cron("* * * * * *"))
        await before.begin()
        await other.begin()
        await pass_time(1, clock, before, other)
        assert await before.claim()
        after = Node(store, clock, "after", place="here")
        await after.begin()
        await rescue(after.tools)
        assert set(await names(store)) == {"after", "other"}
        assert len(await after.claim()) == 1

    with_shared(story)


def test_a_start_on_a_file_proves_every_former_daemon_dead(with_file: WithStore, clock: HandClock) -> None:
    async def story(store: Store) -> None:
        for name in ("one", "two"):
            await Node(store, clock, name).begin()
        assert await names(store) == ["two"]

    with_file(story)


def test_a_daemon_that_is_drained_gives_back_what_is_unsent_and_others_take_it(
    with_shared: WithStore, clock: HandClock
) -> None:
    async def story(store: Store) -> None:
        leaving, staying = Node(store, clock, "leaving"), Node(store, clock, "staying")
        await save(store, "a", *[cron("* * * * * *", id=str(number)) for number in range(3)])
        await leaving.begin()
        await staying.begin()
        await pass_time(1, clock, leaving, staying)
        runs = await leaving.claim()
        leaving.hands.sent = {runs[0].id}
        await store.write(lambda tx: tx.drain_node("leaving", draining=True))
        await pass_time(EVERY // SECOND, clock, leaving)
        assert leaving.tools.presence.draining
        assert set(leaving.hands.runs) == {runs[0].id}
        assert {run.id for run in await staying.claim()} >= {run.id for run in runs[1:]}
        await store.write(lambda tx: tx.drain_node("leaving", draining=False))
        await pass_time(EVERY // SECOND, clock, leaving)
        assert not leaving.tools.presence.draining

    with_shared(story)


def test_a_drain_on_a_file_gives_back_too(with_file: WithStore, clock: HandClock) -> None:
    async def story(store: Store) -> None:
        node = Node(store, clock, "n")
        await node.begin()
        await save(store, "a", cron("* * * * * *"))
        await pass_time(1, clock, node)
        await node.claim()
        node.tools.presence.draining = True
        await node.round()
        assert [row.state for row in await rows(store)] == ["waiting"]

    with_file(story)


def test_a_run_that_waits_behind_nothing_is_called(with_shared: WithStore, clock: HandClock) -> None:
    async def story(store: Store) -> None:
        node = Node(store, clock, "n")
        await node.begin()
        await save(store, "a", cron("* * * * * *", overlap="buffer_all"))
        await pass_time(1, clock, node)
        (run,) = await node.claim()

        def strand(tx: Tx) -> None:
            assert tx.release_runs([(run.id, run.due_at)], "n") == [1]
            tx._connection.execute("UPDATE runs SET due_at = NULL")

        await store.write(strand)
        await pass_time(JUDGING_AFTER // SECOND + 1, clock, node)
        (row, *_) = await rows(store)
        assert row.due_at is not None

    with_shared(story)


def test_the_databases_clock_counts_whatever_the_machines_own_says(with_shared: WithStore) -> None:
    async def story(store: Store) -> None:
        clock = SharedClock()
        clock._ahead += 3600 * SECOND
        assert await store.read(lambda tx: tx.set_clock(clock))
        assert abs(clock.own_ahead) < SECOND

    with_shared(story)


def test_a_clock_that_runs_wild_is_not_trusted_until_it_agrees_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pypes.clock.since_boot", lambda: 0)
    clock = SharedClock()
    assert clock.set(NOON, asked=0, answered=1000)
    assert clock.set(NOON + 100_000, asked=0, answered=1000)
    assert not clock.set(NOON + 60 * SECOND, asked=0, answered=1000)
    assert clock.set(NOON + 60 * SECOND, asked=0, answered=1000)
    assert abs(clock.now() - NOON - 60 * SECOND) <= 1000


def test_nothing_may_start_before_its_slot_however_long_the_answer_took(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pypes.clock.since_boot", lambda: 0)
    clock = SharedClock()
    assert clock.set(NOON, asked=-80_000, answered=20_000)
    assert clock.now() == NOON - 20_000
    assert clock.set(NOON, asked=-1000, answered=1000)
    assert clock.now() == NOON - 1000


def test_an_answer_that_took_long_says_little_about_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pypes.clock.since_boot", lambda: 0)
    clock = SharedClock()
    assert clock.set(NOON, asked=0, answered=0)
    assert clock.set(NOON + 200_000, asked=0, answered=500_000)
    assert clock.now() == NOON
    assert clock.set(NOON + 3 * SECOND, asked=0, answered=4 * SECOND)
    assert clock.now() == NOON


def test_while_its_clock_runs_wild_a_daemon_starts_nothing_and_says_so(
    with_shared: WithStore, clock: HandClock
) -> None:
    async def story(store: Store) -> None:
        node = Node(store, clock, "n")
        await node.begin()
        node.lease.is_steady = False
        await node.round()
        assert "run apart" in node.health.problems["lease"]
        assert not node.lease.holds()

    with_shared(story)


def test_a_node_says_how_many_runs_it_started_in_the_last_minute(
    with_shared: WithStore, clock: HandClock
) -> None:
    async def story(store: Store) -> None:
        node = Node(store, clock, "n")
        await node.begin()
        for _ in range(module.MINUTE + 30):
            node.tools.figures.fires += 2
            await pass_time(1, clock, node)
        (row,) = await store.read(Tx.nodes)
        assert 110 <= row.rate <= 120
        assert row.held == 0

    with_shared(story)
