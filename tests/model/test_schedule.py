"""What becomes of slots that are ahead, due, late or missed: pure, and compared with a naive walk."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import NOON
from making import DAY, HOUR, MINUTE, webhook
from pypes.clock import SECOND
from pypes.model.schedule import Birth, Decision, Skip, decide, skip_slots
from pypes.steps.webhook import Webhook
from pypes.triggers import TimedTrigger
from pypes.triggers.cron import Cron
from pypes.triggers.every import Every

STEP = Webhook(url=str(webhook()["url"]))


def each_second(**policy: Any) -> Cron:
    return Cron(expression="* * * * * *", action=STEP, **policy)


def each_minute(**policy: Any) -> Cron:
    return Cron(expression="* * * * *", action=STEP, **policy)


def hourly(**policy: Any) -> Cron:
    return Cron(expression="0 * * * *", action=STEP, **policy)


def decided(trigger: TimedTrigger, slot: int, now: int, *, open_runs: int = 0, in_line: int = 0) -> Decision:
    return decide(trigger, slot, seed="s", now=now, open_runs=open_runs, in_line=in_line)


def test_a_slot_ahead_is_born_and_the_next_one_follows_from_it() -> None:
    assert decided(hourly(), NOON, NOON - 700_000) == Decision(births=(Birth(NOON),), slot=NOON + HOUR)


def test_ahead_of_an_open_run_nothing_is_decided() -> None:
    assert decided(hourly(), NOON, NOON - 1, open_runs=1) == Decision(slot=NOON)


def test_under_allow_all_a_slot_is_born_ahead_whatever_is_open() -> None:
    decision = decided(hourly(overlap="allow_all"), NOON, NOON - 1, open_runs=5)
    assert decision.births == (Birth(NOON),)


@pytest.mark.parametrize("late", [0, 1, 9_999_999, 10 * SECOND])
def test_a_slot_that_is_late_within_its_grace_simply_runs(late: int) -> None:
    decision = decided(hourly(catchup="none"), NOON, NOON + late)
    assert decision == Decision(births=(Birth(NOON),), slot=NOON + HOUR)


def test_a_slot_past_its_grace_was_missed_and_catchup_decides() -> None:
    now = NOON + 10 * SECOND + 1
    assert decided(hourly(), NOON, now).births == (Birth(NOON, in_line=True),)
    assert decided(hourly(catchup="none"), NOON, now).skips == (Skip(NOON, NOON, 1, "missed"),)


def test_grace_is_no_longer_than_the_interval_unless_it_is_said() -> None:
    every_five = Every(interval="5s", action=STEP, catchup="none")
    now = NOON + 4 * SECOND
    assert decided(every_five, NOON, now).births == (Birth(NOON),)
    patient = hourly(catchup="none", grace="30m")
    assert decided(patient, NOON, NOON + 30 * MINUTE).births == (Birth(NOON),)
    strict = hourly(catchup="none", grace="0s")
    assert decided(strict, NOON, NOON).births == (Birth(NOON),)
    assert decided(strict, NOON, NOON + 1).skips == (Skip(NOON, NOON, 1, "missed"),)


def test_last_runs_the_newest_missed_slot_and_tells_of_the_others() -> None:
    decision = decided(hourly(), NOON, NOON + 3 * HOUR + MINUTE)
    assert decision.births == (Birth(NOON + 3 * HOUR, in_line=True),)
    assert decision.skips == (Skip(NOON, NOON + 2 * HOUR, 3, "missed"),)
    assert decision.slot == NOON + 4 * HOUR


def test_under_last_a_live_slot_stands_for_the_whole_outage() -> None:
    decision = decided(hourly(), NOON, NOON + 3 * HOUR + SECOND)
    assert decision.births == (Birth(NOON + 3 * HOUR),)
    assert decision.skips == (Skip(NOON, NOON + 2 * HOUR, 3, "missed"),)


def test_all_runs_each_missed_slot_in_order_and_the_live_one_counts_them_as_open() -> None:
    decision = decided(hourly(catchup="all"), NOON, NOON + 2 * HOUR + SECOND)
    assert decision.births == (Birth(NOON, in_line=True), Birth(NOON + HOUR, in_line=True))
    assert decision.skips == (Skip(NOON + 2 * HOUR, NOON + 2 * HOUR, 1, "overlap"),)


def test_all_runs_at_most_the_newest_of_its_limit() -> None:
    decision = decided(hourly(catchup="all", catchup_limit=2), NOON, NOON + 5 * HOUR + MINUTE)
    assert [birth.slot for birth in decision.births] == [NOON + 4 * HOUR, NOON + 5 * HOUR]
    assert decision.skips == (Skip(NOON, NOON + 3 * HOUR, 4, "missed"),)


def test_missed_slots_older_than_the_window_are_skipped() -> None:
    decision = decided(hourly(catchup="all", catchup_window="90m"), NOON, NOON + 3 * HOUR + MINUTE)
    assert [birth.slot for birth in decision.births] == [NOON + 2 * HOUR, NOON + 3 * HOUR]
    gone = decided(hourly(catchup_window="30s"), NOON, NOON + MINUTE)
    assert gone.skips == (Skip(NOON, NOON, 1, "missed"),)
    assert not gone.births


@pytest.mark.parametrize(
    ("overlap", "in_line", "birth"),
    [
        ("skip", 0, None),
        ("buffer_one", 0, Birth(NOON, in_line=True)),
        ("buffer_one", 1, None),
        ("buffer_all", 7, Birth(NOON, in_line=True)),
        ("allow_all", 7, Birth(NOON)),
        ("cancel_other", 0, Birth(NOON)),
    ],
)
def test_overlap_decides_about_a_live_slot_while_a_run_is_open(
    overlap: Any, in_line: int, birth: Birth | None
) -> None:
    decision = decided(hourly(overlap=overlap), NOON, NOON, open_runs=1 + in_line, in_line=in_line)
    assert decision.births == ((birth,) if birth else ())
    assert decision.skips == (() if birth else (Skip(NOON, NOON, 1, "overlap"),))
    assert decision.cancels is (overlap == "cancel_other")


@pytest.mark.parametrize("overlap", ["skip", "buffer_one", "buffer_all", "allow_all", "cancel_other"])
def test_caught_up_slots_stand_in_line_whatever_overlap_says(overlap: Any) -> None:
    decision = decided(hourly(overlap=overlap, catchup="all"), NOON, NOON + 2 * HOUR + MINUTE, open_runs=1)
    assert [birth.in_line for birth in decision.births] == [True] * 3
    assert not decision.cancels


def test_a_million_missed_slots_cost_no_more_than_ten() -> None:
    def cost(missed: int, **policy: Any) -> float:
        trigger = each_second(**policy)
        started = time.perf_counter()
        decision = decided(trigger, NOON, NOON + missed * SECOND, open_runs=1)
        assert sum(skip.count for skip in decision.skips) + len(decision.births) == missed + 1
        return time.perf_counter() - started

    cost(1_000_000)
    assert cost(1_000_000) < 0.05
    assert cost(1_000_000, catchup="none") < 0.05
    assert cost(100_000_000, catchup="all", catchup_limit=10) < 0.05


def test_a_last_slot_leaves_no_next_one() -> None:
    once = Cron(expression="0 0 12 3 5 ? 2026", action=STEP)
    assert decided(once, NOON, NOON) == Decision(births=(Birth(NOON),), slot=None)


def test_an_excluded_slot_is_skipped_for_that_reason_ahead_and_at_its_instant() -> None:
    trigger = hourly(exclude=("2026-05-03",))
    for now in (NOON - 1, NOON):
        decision = decided(trigger, NOON, now)
        assert decision.skips == (Skip(NOON, NOON, 1, "excluded"),)
        assert not decision.births
        assert decision.slot == NOON + HOUR


def test_a_spread_slot_is_not_due_before_its_effective_moment() -> None:
    trigger = each_minute(jitter="50%")
    late = trigger.effective(NOON, "s") - NOON
    assert 0 < late < 30 * SECOND
    assert decided(trigger, NOON, NOON + late - 1, open_runs=1) == Decision(slot=NOON)
    assert decided(trigger, NOON, NOON + late).births == (Birth(NOON),)


def test_skipping_covers_every_slot_until_a_moment_that_included() -> None:
    assert skip_slots(each_second(), NOON, until=NOON + 5 * SECOND, reason="paused") == Decision(
        skips=(Skip(NOON, NOON + 5 * SECOND, 6, "paused"),), slot=NOON + 6 * SECOND
    )
    assert skip_slots(hourly(), NOON, until=NOON - 1, reason="paused") == Decision(slot=NOON)


triggers = st.builds(
    lambda interval, phase, **policy: Every(
        interval=f"{interval}ms", phase=f"{min(phase, interval - 1)}ms", action=STEP, **policy
    ),
    st.integers(100, 30_000),
    st.integers(0, 30_000),
    catchup=st.sampled_from(["last", "all", "none"]),
    catchup_limit=st.integers(1, 5),
    catchup_window=st.sampled_from([None, "0s", "5s", "1m", "1d"]),
    grace=st.sampled_from([None, "0s", "1s", "1h"]),
    overlap=st.sampled_from(["skip", "buffer_one", "buffer_all", "cancel_other", "allow_all"]),
    jitter=st.sampled_from([None, "10%", "100%", "2s"]),
    exclude=st.sampled_from([(), ("*/2 * * * *",), ("2026-05-03",)]),
)


@given(triggers, st.integers(0, 100), st.integers(-2000, 600_000), st.integers(0, 3), st.integers(0, 3))
def test_every_slot_is_decided_once_and_none_before_its_time(
    trigger: Every, start: int, milliseconds: int, open_runs: int, in_line: int
) -> None:
    slot = trigger.next_after(NOON + start * SECOND)
    assert slot is not None
    now = slot + milliseconds * 1000
    decision = decided(trigger, slot, now, open_runs=open_runs, in_line=min(in_line, open_runs))

    walked, each = [], slot
    while trigger.effective(each, "s") <= now:
        walked.append(each)
        each = trigger.next_after(each) or 0
    is_ahead = not walked
    undecided = is_ahead and not decision.births and not decision.skips
    if is_ahead and not undecided:
        walked, each = [slot], trigger.next_after(slot) or 0
    assert decision.slot == each

    ranges = [(birth.slot, birth.slot) for birth in decision.births]
    ranges += [(skip.first, skip.last) for skip in decision.skips]
    covered = sorted(each for low, high in ranges for each in walked if low <= each <= high)
    assert covered == walked
    assert sum(skip.count for skip in decision.skips) + len(decision.births) == len(walked)
    births = [birth.slot for birth in decision.births]
    assert births == sorted(births)
    assert not any(trigger.excludes(each) for each in births)
    if undecided:
        assert open_runs
        assert trigger.overlap != "allow_all"


@given(triggers, st.integers(0, 600_000))
def test_missed_slots_that_run_obey_limit_and_window(trigger: Every, milliseconds: int) -> None:
    slot = trigger.next_after(NOON)
    assert slot is not None
    now = slot + milliseconds * 1000
    missed = [birth.slot for birth in decided(trigger, slot, now).births if birth.in_line]
    if trigger.catchup == "none":
        assert missed == []
    assert len(missed) <= (1 if trigger.catchup == "last" else trigger.catchup_limit) + 1
    if trigger.window is not None:
        assert all(now - trigger.window <= each for each in missed if now - each > trigger.grace_at(each))


@given(triggers, st.text(max_size=5), st.integers(0, 10**6))
def test_spread_is_stable_and_never_reaches_the_next_slot(trigger: Every, seed: str, seconds: int) -> None:
    slot = trigger.next_after(NOON + seconds * SECOND)
    assert slot is not None
    following = trigger.next_after(slot)
    assert following is not None
    assert slot <= trigger.effective(slot, seed) < following
    assert trigger.effective(slot, seed) == trigger.effective(slot, seed)


def test_spread_differs_between_schedules_and_fills_its_window() -> None:
    trigger = each_minute(jitter="10%")
    delays = {trigger.effective(NOON, f"schedule-{number}") - NOON for number in range(200)}
    assert max(delays) < 6 * SECOND
    assert max(delays) - min(delays) > 5 * SECOND
    assert hourly(jitter="2d").effective(NOON, "s") < NOON + HOUR


def test_a_day_of_grace_makes_a_whole_outage_late_and_not_missed() -> None:
    trigger = hourly(grace="1d", catchup="none")
    decision = decided(trigger, NOON, NOON + DAY - HOUR + MINUTE)
    assert decision.births == (Birth(NOON + DAY - HOUR),)
