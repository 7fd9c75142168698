"""Flows: when inputs become runs; pure rules, on moments in microseconds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import NOON
from pypes.clock import SECOND
from pypes.model.flow import gathered_until, is_full, let_through
from pypes.steps.webhook import Webhook
from pypes.triggers.on_input import Batch, Debounce, OnInput, Throttle

STEP = Webhook(url="http://127.0.0.1:9/")


def starts(throttle: Throttle, arrivals: list[int]) -> list[int]:
    """When runs start whose inputs arrive at these seconds after noon."""
    free_at, found = 0, []
    for arrival in arrivals:
        start, free_at = let_through(throttle, free_at, NOON + arrival * SECOND)
        found.append((start - NOON) // SECOND)
    return found


def test_without_a_throttle_a_run_starts_at_once() -> None:
    assert let_through(None, 0, NOON) == (NOON, 0)


@pytest.mark.parametrize(
    ("burst", "arrivals", "expected"),
    [
        (1, [0, 0, 0, 100], [0, 10, 20, 100]),
        (3, [0, 0, 0, 0, 0], [0, 0, 0, 10, 20]),
        (3, [0, 0, 0, 50, 50, 50, 50], [0, 0, 0, 50, 50, 50, 60]),
        (2, [0, 5, 11, 12], [0, 5, 11, 20]),
    ],
)
def test_runs_are_spread_after_a_burst(burst: int, arrivals: list[int], expected: list[int]) -> None:
    assert starts(Throttle(limit=6, period="1m", burst=burst), arrivals) == expected


@given(
    st.integers(1, 50),
    st.integers(1, 20),
    st.lists(st.integers(0, 5 * SECOND), min_size=1, max_size=80),
)
def test_no_period_has_more_than_its_limit_and_one_burst_and_order_is_kept(
    limit: int, burst: int, gaps: list[int]
) -> None:
    throttle = Throttle(limit=limit, period="7s", burst=burst)
    now, free_at, found = NOON, 0, []
    for gap in gaps:
        now += gap
        start, free_at = let_through(throttle, free_at, now)
        assert start >= now
        found.append(start)
    assert found == sorted(found)
    for start in found:
        within = [each for each in found if start <= each < start + limit * throttle.apart]
        assert len(within) <= limit + burst


def test_a_debounce_waits_until_it_is_calm_but_not_for_ever() -> None:
    patient = OnInput(action=STEP, debounce=Debounce(period="10s"))
    assert gathered_until(patient, first_at=NOON, now=NOON + 60 * SECOND) == NOON + 70 * SECOND
    bounded = OnInput(action=STEP, debounce=Debounce(period="10s", timeout="1m"))
    assert gathered_until(bounded, first_at=NOON, now=NOON) == NOON + 10 * SECOND
    assert gathered_until(bounded, first_at=NOON, now=NOON + 55 * SECOND) == NOON + 60 * SECOND


def test_a_batch_waits_until_it_is_full_or_large_or_its_time_is_over() -> None:
    batch = OnInput(action=STEP, batch=Batch(size=3, timeout="1m"))
    assert gathered_until(batch, first_at=NOON, now=NOON + 30 * SECOND) == NOON + 60 * SECOND
    assert not is_full(batch, size=2, length=10)
    assert is_full(batch, size=3, length=10)
    assert is_full(batch, size=1, length=2**20)
    assert not is_full(OnInput(action=STEP, debounce=Debounce(period="1s")), size=9, length=2**20)
