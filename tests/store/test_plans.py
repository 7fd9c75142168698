"""Plans: what is asked each second, or looks for few rows among many, never walks a whole table."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from making import ask
from pypes.store.asking import Queries
from pypes.store.store import Store

WithFile = Callable[[Callable[[Store], Awaitable[Any]]], Any]

EACH_SECOND = (
    "due_schedules",
    "due_runs",
    "next_look",
    "next_exact_look",
    "next_due",
    "pauses_over",
    "idle_loads",
)
SMALL = ("loads", "gatherings", "alerts", "nodes")
"""Tables that hold next to nothing, whatever the number of agents."""


async def plan_of(store: Store, question: str) -> list[str]:
    query = Queries()[question]
    text = query.text
    for number in range(len(query.names), 0, -1):
        text = text.replace(f"?{number}", "0")
    return [row[3] for row in await store.read(lambda tx: ask(tx, f"EXPLAIN QUERY PLAN {text}"))]


@pytest.mark.parametrize("question", EACH_SECOND)
def test_what_is_asked_each_second_walks_no_large_table(with_file: WithFile, question: str) -> None:
    async def story(store: Store) -> None:
        scans = [step for step in await plan_of(store, question) if step.startswith("SCAN")]
        assert [each for each in scans if "USING" not in each and each.split()[1] not in SMALL] == []

    with_file(story)


@pytest.mark.parametrize("state", ["troubled", "open"])
def test_a_few_runs_among_millions_are_found_by_their_state(with_file: WithFile, state: str) -> None:
    async def story(store: Store) -> None:
        first, *_ = await plan_of(store, f"runs_page_{state}")
        assert f"INDEX runs_{state}" in first

    with_file(story)
