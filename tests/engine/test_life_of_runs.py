"""Promises hold on every walk of `life.py` and in its stories; a broken store does not pass its checker."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from pypes.clock import SECOND
from pypes.store.asking import read_sql
from pypes.store.postgres import Postgres
from pypes.store.store import Store

from .life import LifeOfRuns, Mismatch

LifeOfRuns.TestCase.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)
TestLifeOfRuns = LifeOfRuns.TestCase


def test_the_same_life_on_a_store_that_daemons_share(shared_store: Postgres) -> None:
    shared = type("Shared", (LifeOfRuns,), {"shared": shared_store})
    run_state_machine_as_test(
        shared, settings=settings(max_examples=25, stateful_step_count=30, deadline=None)
    )


def rewrite(query: str, old: str, new: str) -> Callable[[Store], None]:
    """Break a store by changing one of its questions."""

    def break_it(store: Store) -> None:
        text = read_sql("pypes.store.queries", query)
        assert old in text
        store._queries.define(query, text.replace(old, new))

    return break_it


Story = Callable[[LifeOfRuns], None]


def an_answer_from_the_dead(life: LifeOfRuns) -> None:
    """A daemon dies while a run is under way; the answer comes when another one holds that run."""
    life.post("a", [0], identified=False)
    life.wait(SECOND)
    life.tick(1000)
    (run,) = life.held.values()
    dead = life.owner
    life.crash()
    life.tick(1000)
    life._settle(run, "answer", dead)
    life.promises_hold()


def two_answers(life: LifeOfRuns) -> None:
    """An attempt is answered, retried, and answered once more."""
    life.post("a", [7], identified=False)
    life.wait(60 * SECOND)
    life.tick(1000)
    run = life.held.popitem()[1]
    life._settle(run, "break", life.owner)
    life.wait(2 * SECOND)
    life.tick(1000)
    life._settle(run, "answer", life.owner)
    life.promises_hold()


def a_look_before_time(life: LifeOfRuns) -> None:
    """Two seconds before its slot there is nothing to claim yet."""
    life.post("a", [7], identified=False)
    life.wait(58 * SECOND)
    life.tick(1000)
    life.promises_hold()


def an_outage(life: LifeOfRuns) -> None:
    """A run is open while slots pass, one of them after another; then the daemon sleeps for a while."""
    for shape in (1, 2):
        life.post("a", [shape], identified=False)
        for micros in (SECOND, SECOND, SECOND, 400 * SECOND, SECOND):
            life.wait(micros)
            life.tick(1000)
            life.promises_hold()
        life.catch_up()
        life.promises_hold()


def an_edit_within_the_look_ahead(life: LifeOfRuns) -> None:
    """The words change when a slot is claimed already; the first slot of the new ones is that very slot."""
    life.post("a", [1], identified=True)
    life.wait(300_000)
    life.tick(1000)
    life.post("a", [0], identified=True)
    life.wait(400 * SECOND)
    life.tick(1000)
    life.catch_up()
    life.promises_hold()


def a_resume_after_overlap(life: LifeOfRuns) -> None:
    """Slots are skipped because a run is open, then because of a pause, then because the run still is."""
    life.post("a", [0], identified=False)
    for _ in range(3):
        life.wait(SECOND)
        life.tick(1000)
    life.pause("a", None)
    life.wait(4 * SECOND)
    life.resume("a")
    for _ in range(3):
        life.wait(SECOND)
        life.tick(1000)
        life.promises_hold()


BREAKAGES = {
    "results are accepted from anybody": (
        rewrite("settle_run", "AND owner = :owner", "AND :owner <> ''"),
        an_answer_from_the_dead,
    ),
    "an attempt can be answered twice": (
        rewrite("settle_run", "AND attempt = :attempt - 1", ""),
        two_answers,
    ),
    "a slot is advanced wrongly": (
        rewrite("advance_schedule", "SET slot = :slot,", "SET slot = :slot + 5000000,"),
        an_outage,
    ),
    "schedules are looked at too early": (
        rewrite("due_schedules", "<= :soon", "<= :soon + 3000000"),
        a_look_before_time,
    ),
    "skipped slots are miscounted": (rewrite("extend_skip", "slots + :slots", "slots"), an_outage),
    "skipped slots cover too much": (
        rewrite("insert_skip", ":slot_to, :slots", ":slot_to + 5000000, :slots"),
        an_outage,
    ),
    "a figure is not kept": (rewrite("add_to_count", "value + :change", "value"), an_outage),
    "who is next in line is never called": (rewrite("call_run", "due_at IS NULL", "due_at < 0"), an_outage),
    "open runs are not counted": (
        rewrite("due_schedules", "IN ('waiting', 'running')", "IN ('no')"),
        an_outage,
    ),
}


@pytest.fixture
def machine() -> Iterator[Callable[[Callable[[Store], None] | None], LifeOfRuns]]:
    """Make machines, sound or broken."""
    made: list[LifeOfRuns] = []

    def make(breakage: Callable[[Store], None] | None) -> LifeOfRuns:
        kind = type("Broken", (LifeOfRuns,), {"breakage": staticmethod(breakage) if breakage else None})
        made.append(kind())
        return made[-1]

    yield make
    for each in made:
        each.teardown()


Make = Callable[[Callable[[Store], None] | None], LifeOfRuns]


@pytest.mark.parametrize(
    "story",
    [
        an_answer_from_the_dead,
        two_answers,
        a_look_before_time,
        an_outage,
        an_edit_within_the_look_ahead,
        a_resume_after_overlap,
    ],
)
def test_a_sound_store_keeps_its_promises_through(story: Story, machine: Make) -> None:
    story(machine(None))


@pytest.mark.parametrize(("breakage", "story"), BREAKAGES.values(), ids=BREAKAGES.keys())
def test_the_same_checker_catches_a_store_of_which(
    breakage: Callable[[Store], None], story: Story, machine: Make
) -> None:
    broken = machine(breakage)
    with pytest.raises(Mismatch):
        story(broken)


def test_the_walk_itself_finds_a_store_that_accepts_results_from_anybody() -> None:
    breakage, _ = BREAKAGES["results are accepted from anybody"]
    broken = type("Broken", (LifeOfRuns,), {"breakage": staticmethod(breakage)})
    walks = settings(
        max_examples=300,
        stateful_step_count=40,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
    with pytest.raises(Mismatch):
        run_state_machine_as_test(broken, settings=walks)
