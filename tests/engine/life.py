"""LifeOfRuns: a real store is driven through claims, answers, crashes, pauses, edits and time, at random.

After each step a checker that knows nothing of cron or of the scheduler (its slots are multiples of a period)
compares the ledger with what is promised.
"""

import shutil
import tempfile
from asyncio import Runner
from collections.abc import Callable
from itertools import count, pairwise
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from unittest.mock import patch

import uvloop
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
)

from conftest import HandClock, emptied
from making import Json, agent, ask, cron, every, failure, ledger, receipt, schedules, settled, tools
from pypes.clock import SECOND
from pypes.engine.claiming import QUANTUM, claim
from pypes.engine.recording import record
from pypes.engine.taking_over import rescue
from pypes.log import Log
from pypes.model.run import Claimed
from pypes.model.schedule import LOOK_AHEAD
from pypes.store.pausing import pause, resume
from pypes.store.postgres import Postgres
from pypes.store.run_rows import RunRow
from pypes.store.saving import delete_agent, save_agent
from pypes.store.store import Store
from pypes.store.tx import Tx

T = TypeVar("T")

STEPS = [10_000, 200_000, 300_000, 700_000, SECOND, 1_300_000, 4 * SECOND, 30 * SECOND, 400 * SECOND]
SHAPES: list[tuple[int, Json]] = [
    (1, cron("* * * * * *")),
    (1, every("1s", catchup="none")),
    (5, cron("*/5 * * * * *", catchup="all", catchup_limit=3)),
    (5, every("5s", catchup="none", overlap="buffer_one")),
    (5, every("5s", catchup="all", catchup_window="20s", overlap="buffer_all")),
    (2, every("2s", catchup="last", overlap="skip", grace="0s")),
    (2, cron("*/2 * * * * *", overlap="allow_all", catchup="none")),
    (60, cron("* * * * *", catchup="all")),
    (2, every("2s", overlap="cancel_other")),
    (5, every("5s", jitter="50%", overlap="buffer_all")),
    (2, cron("*/2 * * * * *", exclude=["*/4 * * * * *"])),
]
"""Each with its period in seconds: its slots are the multiples of that."""

shapes = st.integers(0, len(SHAPES) - 1)
names = st.sampled_from(["a", "b"])


class Life(NamedTuple):
    """One stretch in which a schedule had these words; its slots are the multiples of `period` in it."""

    period: int
    overlap: str
    born: int
    died: int | None = None


def multiples(period: int, after: int, until: int) -> int:
    """How many multiples of `period` lie after `after` and not after `until`."""
    return max(0, until // period - after // period)


class Mismatch(AssertionError):
    """A promise is broken."""


class LifeOfRuns(RuleBasedStateMachine):
    """A daemon in slow motion: every step of its loops is a rule."""

    breakage: Callable[[Store], None] | None = None
    """What a broken variant does to its store."""
    shared: Postgres | None = None
    """The store in PostgreSQL; one in a file without."""

    def __init__(self) -> None:
        super().__init__()
        # A walk that is told again must meet the same ids, and with them the same spread.
        numbers = count()
        self.ids = patch("pypes.store.saving.secrets.token_hex", lambda size: f"{next(numbers):0{2 * size}x}")
        self.ids.start()
        shm = Path("/dev/shm")
        self.home = Path(tempfile.mkdtemp(prefix="pypes-", dir=shm if shm.is_dir() else None))
        self.runner = Runner(loop_factory=uvloop.new_event_loop)
        self.clock = HandClock()
        shared = type(self).shared
        self.store = self.runner.run(
            Store.open(self.home / "pypes.db" if shared is None else emptied(shared))
        )
        self.log = Log(self.clock, quiet=True)
        self.owners = 1
        self.held: dict[str, Claimed] = {}
        self.zombies: list[tuple[str, Claimed]] = []
        self.accepted: set[tuple[str, int]] = set()
        self.lives: dict[str, list[Life]] = {}
        self.definitions: dict[str, list[Json]] = {}
        if type(self).breakage is not None:
            type(self).breakage(self.store)  # type: ignore[misc]

    def teardown(self) -> None:
        self.ids.stop()
        self.runner.run(self.store.close())
        self.runner.close()
        shutil.rmtree(self.home)

    @property
    def owner(self) -> str:
        return f"daemon-{self.owners}"

    @property
    def now(self) -> int:
        return self.clock.now()

    def write(self, unit: Callable[[Tx], T]) -> T:
        done = self.runner.run(self.store.write(unit))
        for run_id in self.store.take_revoked() + self.store.take_cut():
            self.held.pop(run_id, None)
        return done

    # What people do

    @rule(name=names, kinds=st.lists(shapes, max_size=3), identified=st.booleans())
    def post(self, name: str, kinds: list[int], identified: bool) -> None:  # noqa: FBT001 - hypothesis passes it
        """Create or replace an agent; with ids its actions are edited, without they are exchanged."""
        actions = [
            SHAPES[kind][1] | ({"id": f"job-{number}"} if identified else {})
            for number, kind in enumerate(kinds)
        ]
        parsed = agent(name, *actions, now=self.now)
        self.write(lambda tx: save_agent(tx, parsed, now=self.now))
        periods = [SHAPES[kind][0] for kind in kinds]
        overlaps = [str(action.get("overlap", "skip")) for action in actions]
        found = self.write(lambda tx: tx.agent_by_name(name))
        assert found is not None
        ids = [found.id + entry.identity for entry in parsed.entries]
        self._end_others(found.id, set(ids))
        for action_id, period, overlap in zip(ids, periods, overlaps, strict=True):
            self._begin(action_id, Life(period * SECOND, overlap, self.now))
        self.definitions[name] = actions

    def _begin(self, action_id: str, life: Life) -> None:
        lives = self.lives.setdefault(action_id, [])
        if lives and lives[-1].died is None:
            if lives[-1].period == life.period:
                lives[-1] = lives[-1]._replace(overlap=f"{lives[-1].overlap} {life.overlap}")
                return
            lives[-1] = lives[-1]._replace(died=self.now)
        lives.append(life)

    def _end_others(self, agent_id: str, kept: set[str]) -> None:
        for action_id, lives in self.lives.items():
            if action_id.startswith(agent_id) and action_id not in kept and lives[-1].died is None:
                lives[-1] = lives[-1]._replace(died=self.now)

    @rule(name=names)
    def repost(self, name: str) -> None:
        """The same definition again changes no schedule."""
        if name in self.definitions:
            parsed = agent(name, *self.definitions[name], now=self.now)
            before = self.write(lambda tx: tx.rows("schedules_page", {"after": "", "limit": 100}))
            self.write(lambda tx: save_agent(tx, parsed, now=self.now))
            after = self.write(lambda tx: tx.rows("schedules_page", {"after": "", "limit": 100}))
            assert before == after

    @rule(name=names)
    def delete(self, name: str) -> None:
        found = self.write(lambda tx: tx.agent_by_name(name))
        if found is not None:
            self.write(lambda tx: delete_agent(tx, name, self.now))
            self._end_others(found.id, set())
            del self.definitions[name]

    @rule(name=names, wait=st.none() | st.sampled_from([SECOND, 90 * SECOND]))
    def pause(self, name: str, wait: int | None) -> None:
        if name in self.definitions:
            until = None if wait is None else self.now + wait
            self.write(lambda tx: pause(tx, name, None, note=None, until=until, now=self.now))

    @rule(name=names)
    def resume(self, name: str) -> None:
        if name in self.definitions:
            self.write(lambda tx: resume(tx, name, None, now=self.now))

    # What the daemon does

    @rule(micros=st.sampled_from(STEPS))
    def wait(self, micros: int) -> None:
        self.clock.advance(micros)

    @rule(limit=st.sampled_from([1, 2, 1000]))
    def tick(self, limit: int) -> None:
        self._claim(limit)

    def _claim(self, limit: int) -> int | None:
        claimed = self.write(lambda tx: claim(tx, now=self.now, owner=self.owner, limit=limit))
        assert not claimed.broken
        for run in claimed.runs:
            if run.due_at > self.now + LOOK_AHEAD + QUANTUM:
                raise Mismatch("claimed before its look-ahead")
            if run.id in self.held:
                raise Mismatch("claimed twice")
            self.held[run.id] = run
        return claimed.next_wake

    @precondition(lambda self: self.held)
    @rule(data=st.data(), said=st.sampled_from(["answer", "refuse", "break"]))
    def send(self, data: st.DataObject, said: str) -> None:
        """A run whose instant has come is sent, and what came of it recorded."""
        due = sorted(run.id for run in self.held.values() if run.due_at <= self.now)
        if due:
            self._settle(self.held.pop(data.draw(st.sampled_from(due))), said, self.owner)

    @precondition(lambda self: self.zombies)
    @rule(data=st.data())
    def hear_the_dead(self, data: st.DataObject) -> None:
        """An answer arrives for a holder that is no longer one."""
        owner, run = data.draw(st.sampled_from(self.zombies))
        self._settle(run, "answer", owner)

    @rule()
    def crash(self) -> None:
        """Everything in memory is gone; a new daemon takes over what the old one held."""
        self.zombies += [(self.owner, run) for run in self.held.values()]
        self.held.clear()
        self.owners += 1
        self.runner.run(rescue(tools(self.store, self.clock, owner=self.owner)))

    def _settle(self, run: Claimed, said: str, owner: str) -> None:
        outcome = receipt(self.now) if said == "answer" else failure(self.now, retryable=said == "break")
        done = settled(run, outcome)
        before = self.write(lambda tx: tx.run_by_id(run.id))
        (found,) = self.write(lambda tx: record(tx, [done], owner=owner, now=self.now))
        if not found:
            return
        if before is None or before.owner != owner:
            raise Mismatch("a result was accepted from somebody who does not hold the run")
        if (run.id, run.attempt) in self.accepted:
            raise Mismatch("two results were accepted for one attempt")
        self.accepted.add((run.id, run.attempt))

    @rule()
    def catch_up(self) -> None:
        """Left to itself, everything that is due ends, and every active schedule looks ahead."""
        for _ in range(500):
            wake_at = self._claim(1000)
            due = [run for run in self.held.values() if run.due_at <= self.now]
            for run in due:
                self._settle(self.held.pop(run.id), "answer", self.owner)
            if not due and (wake_at is None or wake_at > self.now):
                break
        rows, states = self.write(lambda tx: (open_rows(tx), schedules(tx)))
        if any(row.due_at is None or row.due_at <= self.now for row in rows):
            raise Mismatch("a run that is due is never taken")
        if any(row.next_at is None or (row.state == "active" and row.next_at <= self.now) for row in states):
            raise Mismatch("a slot that is past is never decided")

    # What must hold whatever happens

    @invariant()
    def promises_hold(self) -> None:
        rows, states, counts, real = self.write(
            lambda tx: (ledger_with_actions(tx), schedules(tx), tx.counts(), real_counts(tx))
        )
        if counts != real:
            raise Mismatch(f"the kept counts drifted: {counts} for {real}")
        next_slots = {state.id: state.slot for state in states}
        for action_id, lives in self.lives.items():
            check_coverage(rows.get(action_id, []), lives, next_slots.get(action_id))
            check_overlap(rows.get(action_id, []), lives)


def ledger_with_actions(tx: Tx) -> dict[str, list[RunRow]]:
    """The ledger by action, each in the order of its slots."""
    owners: dict[str, str] = dict(ask(tx, "SELECT id, action_id FROM runs"))
    found: dict[str, list[RunRow]] = {}
    for row in ledger(tx):
        found.setdefault(owners[row.id], []).append(row)
    return found


def open_rows(tx: Tx) -> list[RunRow]:
    return [row for row in ledger(tx) if row.state in {"waiting", "running"}]


def real_counts(tx: Tx) -> dict[str, Any]:
    questions = {
        "agents": "SELECT count(*) FROM agents",
        "schedules": "SELECT count(*) FROM schedules WHERE state = 'active'",
        "runs": "SELECT count(*) FROM runs",
    }
    return {name: ask(tx, question)[0][0] for name, question in questions.items()}


def check_coverage(rows: list[RunRow], lives: list[Life], next_slot: int | None) -> None:
    """Every slot from a life's birth to the last decided one is covered by exactly one row."""
    for earlier, later in pairwise(rows):
        if later.slot <= (earlier.slot_to or earlier.slot):
            raise Mismatch(f"two rows cover {later.slot}")
    for life in lives:
        until = next_slot - 1 if life.died is None and next_slot is not None else life.died or life.born
        covered = sum(
            multiples(life.period, max(row.slot - 1, life.born), min(row.slot_to or row.slot, until))
            for row in rows
        )
        expected = multiples(life.period, life.born, until)
        if covered != expected:
            raise Mismatch(f"{expected} slots, {covered} covered")
        for row in rows:
            within = life.born < row.slot <= until
            if within and row.slots != multiples(life.period, row.slot - 1, row.slot_to or row.slot):
                own = row.slot_to is None and row.slots == 1
                if not own:
                    raise Mismatch("a row counts its slots wrongly")


def check_overlap(rows: list[RunRow], lives: list[Life]) -> None:
    """But for `allow_all`, no two runs of a schedule may run at once; nobody waits for nobody."""
    open_now = [row for row in rows if row.state in {"waiting", "running"}]
    free = [row for row in open_now if row.state == "running" or row.due_at is not None]
    if len(free) > 1 and not any("allow_all" in life.overlap for life in lives):
        raise Mismatch("two runs of one schedule are open at once")
    if open_now and not free:
        raise Mismatch("a run waits in line behind nothing")
