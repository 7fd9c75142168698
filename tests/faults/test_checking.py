"""The checker itself: it accepts a true story, and catches each kind of lie."""

from typing import Any

import pytest

from conftest import NOON
from faults.checking import Row, check
from living import Arrival
from pypes.clock import SECOND
from pypes.instants import format_instant


def arrival(second: int, **changes: Any) -> Arrival:
    """The delivery of one slot of the agent `a`, a millisecond after it."""
    at = NOON + second * SECOND
    delivered = Arrival(at + 1000, f"run-{second}", format_instant(at), {"agent": "a"}, b"{}")
    return delivered._replace(**changes)


def row(second: int, **changes: Any) -> Row:
    """The row of one slot of the agent `a`."""
    given = {"id": f"run-{second}", "agent": "a", "trigger": "cron", "state": "succeeded", "lateness_ms": 1.0}
    return given | {"slot": format_instant(NOON + second * SECOND)} | changes


def skipped(first: int, last: int, **changes: Any) -> Row:
    """The row of adjacent slots that did not run."""
    ends = {"from": format_instant(NOON + first * SECOND), "to": format_instant(NOON + last * SECOND)}
    count = last - first + 1
    return row(first, state="skipped", lateness_ms=None, **ends, count=count) | changes


def breaches(arrivals: list[Arrival], rows: list[Row]) -> dict[str, list[Any]]:
    """What is found in the slots 1 to 5."""
    return check(arrivals, rows, agents=["a"], since=NOON, until=NOON + 5 * SECOND).breaches


ARRIVALS = [arrival(1), arrival(2), arrival(2), arrival(5)]
ROWS = [row(1), row(2), skipped(3, 4), row(5), row(9, trigger="manual", state="running")]


def test_a_true_story_breaks_no_promise() -> None:
    verdict = check(ARRIVALS, ROWS, agents=["a"], since=NOON, until=NOON + 5 * SECOND)
    assert verdict[1:] == (5, 3, 1, {})


def test_slots_are_those_after_the_first_moment() -> None:
    assert check([], [], agents=["a", "b"], since=NOON + 1, until=NOON + 5 * SECOND - 1).slots == 8


@pytest.mark.parametrize("missing", range(len(ROWS) - 1))
def test_a_row_that_is_missing_is_caught(missing: int) -> None:
    assert "slots without a row" in breaches([], ROWS[:missing] + ROWS[missing + 1 :])


def test_a_manual_run_covers_no_slot() -> None:
    assert "slots without a row" in breaches(ARRIVALS, [row(1, trigger="manual"), *ROWS[1:]])


@pytest.mark.parametrize("second", [row(1, id="other"), row(4, id="other"), skipped(4, 6, id="other")])
def test_a_slot_with_two_rows_is_caught(second: Row) -> None:
    assert "slots with two rows" in breaches(ARRIVALS, [*ROWS, second])


def test_a_row_that_says_too_many_slots_is_caught() -> None:
    assert breaches(ARRIVALS, [*ROWS[:2], skipped(3, 4, count=3), *ROWS[3:]]) == {
        "rows with a wrong count": ["run-3"]
    }


def test_a_success_that_never_arrived_is_caught() -> None:
    assert breaches(ARRIVALS[:3], ROWS) == {"succeeded, never delivered": ["run-5"]}


def test_a_run_under_way_that_never_arrived_is_no_lie() -> None:
    assert breaches(ARRIVALS[:3], [*ROWS[:3], row(5, state="running")]) == {}


def test_a_delivery_of_what_was_skipped_is_caught() -> None:
    assert breaches([*ARRIVALS, arrival(3)], ROWS) == {"skipped, yet delivered": ["run-3"]}


def test_a_delivery_before_its_slot_is_caught() -> None:
    assert breaches([*ARRIVALS[:3], arrival(5, at=NOON + 5 * SECOND - 1)], ROWS) == {
        "delivered before its slot": ["run-5"]
    }


def test_a_start_before_its_slot_is_caught() -> None:
    assert breaches(ARRIVALS, [*ROWS[:3], row(5, lateness_ms=-0.001)]) == {
        "started before its slot": ["run-5"]
    }


def test_one_slot_delivered_under_two_ids_is_caught() -> None:
    found = breaches([*ARRIVALS, arrival(5, run="other")], ROWS)
    assert found["delivered under two ids"] == [("a", NOON + 5 * SECOND)]


def test_a_delivery_without_a_row_is_caught() -> None:
    assert breaches([*ARRIVALS, arrival(6)], ROWS) == {"delivered without a row": ["run-6"]}
