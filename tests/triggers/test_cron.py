"""Timed triggers: slots, bounds, and what can be saved."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import NOON
from making import DAY, HOUR, MINUTE
from pypes.clock import SECOND
from pypes.errors import InvalidInput
from pypes.instants import format_instant, parse_instant
from pypes.steps.webhook import Webhook
from pypes.triggers import TimedTrigger
from pypes.triggers.at import At
from pypes.triggers.cron import Cron
from pypes.triggers.every import Every
from pypes.triggers.reboot import Reboot

STEP = Webhook(url="http://127.0.0.1:9/hook")


def cron(expression: str, **fields: Any) -> Cron:
    return Cron(expression=expression, action=STEP, **fields)


def every(interval: str, **fields: Any) -> Every:
    return Every(interval=interval, action=STEP, **fields)


def first(trigger: TimedTrigger, count: int, after: int = NOON) -> list[str]:
    return [format_instant(slot) for slot in islice(walk(trigger, after), count)]


def walk(trigger: TimedTrigger, after: int) -> Iterator[int]:
    """Slot after slot."""
    slot = trigger.next_after(after)
    while slot is not None:
        yield slot
        slot = trigger.next_after(slot)


def test_slots_are_strictly_after_a_moment_and_in_the_zone_that_is_said() -> None:
    assert first(cron("0 * * * *"), 2) == ["2026-05-03T13:00:00Z", "2026-05-03T14:00:00Z"]
    berlin = cron("30 9 * * *", timezone="Europe/Berlin")
    assert first(berlin, 1) == ["2026-05-04T07:30:00Z"]


@pytest.mark.parametrize(
    "trigger",
    [
        cron("*/7 * * * * *"),
        cron("0 9 * * 1-5", timezone="Europe/Berlin"),
        cron("0 */2 * * *", start="2026-05-04T00:00:00Z", end="2026-05-05T12:00:00Z"),
        every("10m"),
        every("90s", phase="7s"),
        every("1d", timezone="America/New_York", phase="3h"),
        every("3d", timezone="Europe/Berlin"),
        every("700ms", phase="33ms", end="2026-05-03T12:01:00Z"),
        At(time="2026-05-04T00:00:00Z", action=STEP),
        Reboot(action=STEP),
    ],
    ids=lambda trigger: trigger.text,
)
def test_next_last_and_count_agree_with_a_walk(trigger: TimedTrigger) -> None:
    walked = list(islice(walk(trigger, NOON), 300))
    assert walked == sorted(set(walked))
    for number, slot in enumerate(walked):
        assert trigger.last_before(slot, NOON) == slot
        assert trigger.last_before(slot - 1, NOON) == (walked[number - 1] if number else None)
        assert trigger.last_before(slot, slot) is None
        assert trigger.count(NOON, slot) == number + 1
        assert trigger.count(slot, slot) == 0
    if not walked:
        assert trigger.last_before(NOON + DAY, NOON) is None
        assert trigger.count(NOON, NOON + DAY) == 0


def test_no_slot_lies_before_start_or_after_end_and_both_ends_belong_to_it() -> None:
    bounded = cron("0 * * * *", start="2026-05-03T14:00:00Z", end="2026-05-03T16:00:00Z")
    assert first(bounded, 9) == ["2026-05-03T14:00:00Z", "2026-05-03T15:00:00Z", "2026-05-03T16:00:00Z"]
    assert bounded.count(NOON, NOON + DAY) == 3
    assert bounded.last_before(NOON + DAY, NOON) == parse_instant("2026-05-03T16:00:00Z")
    assert bounded.last_before(NOON + HOUR, NOON) is None


@given(st.integers(0, 2 * 10**15), st.integers(100, 10**7), st.integers(0, 10**7))
def test_an_interval_is_anchored_to_the_epoch_whenever_one_looks(
    moment: int, interval: int, phase: int
) -> None:
    phase %= interval
    trigger = every(f"{interval}ms", phase=f"{phase}ms")
    slot = trigger.next_after(moment)
    assert slot is not None
    assert 0 < slot - moment <= interval * 1000
    assert (slot - phase * 1000) % (interval * 1000) == 0


def test_whole_days_in_a_zone_keep_their_wall_time_when_clocks_change() -> None:
    daily = every("1d", timezone="Europe/Berlin", phase="9h")
    before = parse_instant("2026-03-28T00:00:00Z")
    assert first(daily, 3, before) == ["2026-03-28T08:00:00Z", "2026-03-29T07:00:00Z", "2026-03-30T07:00:00Z"]
    elapsed = every("1d", phase="9h")
    assert first(elapsed, 2, before) == ["2026-03-28T09:00:00Z", "2026-03-29T09:00:00Z"]


def test_at_has_one_slot() -> None:
    once = At(time="2026-05-03T14:00:00+02:00", action=STEP)
    assert once.next_after(NOON - 1) == NOON
    assert once.next_after(NOON) is None
    assert once.text == "at 2026-05-03T12:00:00Z"


def test_an_at_in_the_past_is_late_within_its_grace_and_missed_beyond_it() -> None:
    once = At(time="2026-05-03T12:00:00Z", action=STEP)
    assert once.first_slot(NOON + 10 * SECOND) == NOON
    assert once.missed_when_saved(NOON + 10 * SECOND) is None
    assert once.first_slot(NOON + 10 * SECOND + 1) is None
    assert once.missed_when_saved(NOON + 10 * SECOND + 1) == NOON
    assert At(time="2026-05-03T12:00:00Z", action=STEP, grace="1h").first_slot(NOON + HOUR) == NOON


@pytest.mark.parametrize(
    ("trigger", "path"),
    [
        (cron("0 0 1 1 ? 1999"), "$.expression"),
        (cron("* * * * *", timezone="Nowhere"), "$.timezone"),
        (cron("* * * * *", timezone="../etc/passwd"), "$.timezone"),
        (cron("* * * * *", timezone=""), "$.timezone"),
        (cron("* * * * *", end="2026-05-03T12:00:30Z"), "$.end"),
        (cron("* * * * *", start="2026-05-05T00:00:00Z", end="2026-05-04T00:00:00Z"), "$.end"),
        (cron("* * * * *", exclude=("* *",)), "$.exclude[0]"),
        (cron("* * * * *", exclude=("2026-05-04", "2026-13-01")), "$.exclude[1]"),
        (cron("0 0 0 1 1 * 2027", start="2027-01-01T00:00:01Z"), "$.start"),
        (At(time="2026-05-04T00:00:00Z", start="2026-05-05T00:00:00Z", action=STEP), "$.time"),
        (At(time="2026-05-04T00:00:00Z", end="2026-05-03T13:00:00Z", action=STEP), "$.time"),
        (cron("* * * * *", jitter="x%"), "$.jitter"),
        (cron("* * * * *", jitter="-1%"), "$.jitter"),
        (cron("* * * * *", jitter="1" * 5000 + "%"), "$.jitter"),
        (cron("* * * * *", catchup_limit=100_001), "$.catchup_limit"),
        (every("0s"), "$.interval"),
        (every("1m", timezone="Nowhere"), "$.timezone"),
        (At(time="yesterday", action=STEP), "$.time"),
        (cron("x"), "$.expression"),
    ],
)
def test_what_can_never_fire_is_refused_where_it_stands(trigger: TimedTrigger, path: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        trigger.check(NOON)
    assert refused.value.path == path


def test_a_mistake_in_what_is_wrapped_is_found_below_action() -> None:
    with pytest.raises(InvalidInput) as refused:
        Cron(expression="* * * * *", action=Webhook(url="x")).check(NOON)
    assert refused.value.path == "$.action.url"


def test_an_at_in_the_past_is_no_mistake() -> None:
    At(time="2020-01-01T00:00:00Z", action=STEP).check(NOON)


def test_dates_and_expressions_exclude_in_the_zone_of_the_trigger() -> None:
    trigger = cron("0 * * * *", timezone="Asia/Tokyo", exclude=("2026-05-04", "* 9-17 * * *"))
    assert trigger.excludes(parse_instant("2026-05-03T15:00:00Z"))  # midnight of the 4th in Tokyo
    assert trigger.excludes(parse_instant("2026-05-03T00:30:00Z"))  # half past nine
    assert not trigger.excludes(parse_instant("2026-05-03T14:00:00Z"))


def test_an_expression_of_five_fields_excludes_whole_minutes() -> None:
    for text in ("0 12 * * *", "@hourly"):
        trigger = cron("* * * * * *", exclude=(text,))
        assert trigger.excludes(NOON + 59 * SECOND)
        assert not trigger.excludes(NOON + MINUTE)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("christmas", "`christmas` is neither a date like 2026-12-25 nor a cron expression"),
        ("2026-12-24/2026-12-31", "is neither a date like 2026-12-25 nor a cron expression"),
        ("0 0 31 2 *", "`0 0 31 2 *` never fires"),
    ],
)
def test_what_excludes_nothing_is_refused_as_it_was_written(text: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        cron("* * * * *", exclude=(text,)).check(NOON)
    assert sentence in refused.value.message


def test_what_fires_within_an_excluded_second_is_excluded_too() -> None:
    trigger = every("250ms", exclude=("0 12 * * *",))
    assert trigger.excludes(NOON + SECOND // 4)
    assert trigger.excludes(NOON + MINUTE - 1)
    assert not trigger.excludes(NOON - SECOND // 4)


def test_every_policy_is_shown_with_its_default() -> None:
    policy = cron("* * * * *").policy()
    assert policy["catchup"] == "last"
    assert policy["catchup_limit"] == 1000
    assert policy["overlap"] == "skip"
    assert policy["timezone"] == "UTC"
    assert policy["dst"] == "vixie"
    assert "10s" in str(policy["grace"])


@pytest.mark.parametrize(
    ("trigger", "other"),
    [
        (cron("* * * * *"), cron("* * * * *", timezone="Europe/Berlin")),
        (cron("* * * * *"), cron("* * * * *", dst="skip")),
        (cron("* * * * *"), cron("* * * * *", end="2030-01-01T00:00:00Z")),
        (every("1m"), every("1m", phase="1s")),
        (every("1d"), every("1d", timezone="Europe/Berlin")),
    ],
)
def test_what_changes_the_slots_changes_the_timing_and_nothing_else_does(
    trigger: TimedTrigger, other: TimedTrigger
) -> None:
    assert trigger.timing != other.timing
    assert (
        cron("* * * * *", overlap="skip", jitter="1s").timing == cron("* * * * *", overlap="allow_all").timing
    )
