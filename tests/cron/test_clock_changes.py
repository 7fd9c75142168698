"""What happens to a schedule when clocks change, told case by case."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from pypes.clock import SECOND
from pypes.cron import DstPolicy, Timetable, timetable


def moment(text: str, zone: str) -> int:
    """Read a wall time, `+1` at its end meaning the second pass, as microseconds."""
    fold = text.endswith("+1")
    wall = datetime.fromisoformat(text.removesuffix("+1")).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return round(wall.timestamp()) * SECOND


def walls(table: Timetable, start: str, end: str) -> list[str]:
    """List the slots after `start` up to `end` as wall times, `+1` marking the second pass."""
    found, slot, last = [], moment(start, table.zone), moment(end, table.zone)
    while (slot := table.next_after(slot) or last + 1) <= last:
        wall = datetime.fromtimestamp(slot // SECOND, ZoneInfo(table.zone))
        found.append(f"{wall:%d %H:%M:%S}" + ("+1" if wall.fold else ""))
    return found


@pytest.mark.parametrize(
    ("dst", "spring", "autumn"),
    [
        ("vixie", ["29 03:00:00"], ["25 02:30:00"]),
        ("skip", [], ["25 02:30:00"]),
        ("literal", [], ["25 02:30:00", "25 02:30:00+1"]),
    ],
)
@pytest.mark.parametrize("text", ["30 2 * * *", "0 30 2 * * *", "0 30 2 * * * 2026", "0 30 2 ? * * *"])
def test_each_policy_decides_about_a_fixed_time_whatever_the_number_of_fields(
    text: str, dst: DstPolicy, spring: list[str], autumn: list[str]
) -> None:
    table = timetable(text, "Europe/Berlin", dst)
    assert walls(table, "2026-03-29T00:00", "2026-03-29T23:00") == spring
    assert walls(table, "2026-10-25T00:00", "2026-10-25T23:00") == autumn


@pytest.mark.parametrize("dst", ["vixie", "skip", "literal"])
def test_a_starred_minute_or_hour_follows_elapsed_time_under_every_policy(dst: DstPolicy) -> None:
    half_hourly = timetable("*/30 1-3 * * *", "Europe/Berlin", dst)
    assert walls(half_hourly, "2026-03-29T01:00", "2026-03-29T04:00") == [
        "29 01:30:00",
        "29 03:00:00",
        "29 03:30:00",
    ]
    assert walls(half_hourly, "2026-10-25T02:00", "2026-10-25T03:00") == [
        "25 02:30:00",
        "25 02:00:00+1",
        "25 02:30:00+1",
        "25 03:00:00",
    ]
    even_hours = timetable("0 */2 * * *", "Europe/Berlin", dst)
    assert walls(even_hours, "2026-03-29T00:00", "2026-03-29T05:00") == ["29 04:00:00"]


def test_a_starred_second_does_not_make_a_fixed_time_follow_elapsed_time() -> None:
    table = timetable("*/20 30 2 * * *", "Europe/Berlin")
    assert walls(table, "2026-03-29T00:00", "2026-03-29T23:00") == ["29 03:00:00"]
    assert len(walls(table, "2026-10-25T00:00", "2026-10-25T23:00")) == 3


def test_several_times_in_one_gap_run_once_together_with_the_one_that_follows() -> None:
    table = timetable("0,15,45 2,3 * * *", "Europe/Berlin")
    assert walls(table, "2026-03-29T00:00", "2026-03-29T23:00") == [
        "29 03:00:00",
        "29 03:15:00",
        "29 03:45:00",
    ]
    assert (
        table.count(moment("2026-03-29T00:00", "Europe/Berlin"), moment("2026-03-29T23:00", "Europe/Berlin"))
        == 3
    )


def test_a_restart_in_the_second_pass_does_not_run_the_first_again() -> None:
    table = timetable("30 2 * * *", "Europe/Berlin")
    assert walls(table, "2026-10-25T02:15+1", "2026-10-26T23:00") == ["26 02:30:00"]


def test_the_second_pass_is_found_from_the_first_when_the_next_match_is_years_away() -> None:
    once = timetable("0 30 2 25 10 * 2026", "Europe/Berlin", "literal")
    assert walls(once, "2026-10-25T02:45", "2026-10-26T00:00") == ["25 02:30:00+1"]
    yearly = timetable("30 2 25 10 *", "Europe/Berlin", "literal")
    assert walls(yearly, "2026-10-25T02:45", "2026-10-26T00:00") == ["25 02:30:00+1"]


@pytest.mark.parametrize("text", ["0 30 2 25 10 * 2026", "30 2 25 10 *"])
def test_the_first_pass_is_found_from_the_second_when_the_match_before_is_years_away(text: str) -> None:
    table, since = timetable(text, "Europe/Berlin"), moment("2026-01-01T00:00", "Europe/Berlin")
    second_pass = moment("2026-10-25T02:15+1", "Europe/Berlin")
    assert table.last_before(second_pass, since) == moment("2026-10-25T02:30", "Europe/Berlin")


def test_a_job_for_the_gap_alone_never_runs_where_gaps_are_skipped() -> None:
    for dst, slots in (("vixie", 1), ("skip", 0), ("literal", 0)):
        table = timetable("0 30 2 29 3 * 2026", "Europe/Berlin", dst)
        assert len(walls(table, "2026-03-01T00:00", "2026-04-30T00:00")) == slots


def test_a_time_that_falls_into_a_gap_every_year_is_known_never_to_run() -> None:
    assert (
        timetable("30 0 * 4 FRI#L", "Africa/Cairo", "skip").next_after(moment("2026-05-01T00:00", "UTC"))
        is None
    )


@pytest.mark.parametrize(
    ("zone", "text", "start", "end", "expected"),
    [
        ("Australia/Lord_Howe", "15 2 * * *", "2026-10-04T00:00", "2026-10-04T23:00", ["04 02:30:00"]),
        ("Australia/Lord_Howe", "45 1 * * *", "2026-04-05T00:00", "2026-04-05T23:00", ["05 01:45:00"]),
        ("Australia/Lord_Howe", "* 2 * * *", "2026-04-05T01:58", "2026-04-05T02:00", ["05 02:00:00"]),
        ("Africa/Cairo", "0 0 * * *", "2026-04-23T12:00", "2026-04-24T12:00", ["24 01:00:00"]),
        ("Asia/Beirut", "@daily", "2026-03-28T12:00", "2026-03-29T12:00", ["29 01:00:00"]),
        ("America/Havana", "30 0 * * SUN", "2026-03-07T12:00", "2026-03-08T12:00", ["08 01:00:00"]),
        ("America/Santiago", "0 0 * * *", "2026-09-05T12:00", "2026-09-06T12:00", ["06 01:00:00"]),
        ("America/Asuncion", "0 0 * * *", "2023-09-30T12:00", "2023-10-01T12:00", ["01 01:00:00"]),
        ("Europe/Dublin", "30 1 * * *", "2026-10-25T00:00", "2026-10-25T12:00", ["25 01:30:00"]),
        ("America/Nuuk", "30 23 * * *", "2026-03-28T12:00", "2026-03-29T12:00", ["29 00:00:00"]),
        ("Antarctica/Troll", "30 1,2 * * *", "2026-03-29T00:00", "2026-03-29T12:00", ["29 03:00:00"]),
    ],
)  # fmt: skip
def test_gaps_and_repeats_of_every_kind_of_zone(
    zone: str, text: str, start: str, end: str, expected: list[str]
) -> None:
    assert walls(timetable(text, zone), start, end) == expected


def test_a_skipped_day_is_a_correction_of_the_clock_and_its_jobs_do_not_run_late() -> None:
    table = timetable("0 9 * * *", "Pacific/Apia")
    assert walls(table, "2011-12-28T12:00", "2012-01-01T00:00") == ["29 09:00:00", "31 09:00:00"]


def test_a_jump_back_by_more_than_three_hours_is_a_correction_and_its_jobs_run_again() -> None:
    table = timetable("0 20 * * *", "Antarctica/Vostok")
    assert walls(table, "1994-01-31T12:00", "1994-02-01T12:00") == ["31 20:00:00", "31 20:00:00+1"]


@pytest.mark.parametrize(("text", "day"), [("0 0 1 7 *", "2026-07-01"), ("0 0 1 1 *", "2026-01-01")])
def test_a_slot_in_the_other_season_is_found_from_far_away_in_both_directions(text: str, day: str) -> None:
    table, slot = timetable(text, "Europe/Berlin"), moment(f"{day}T00:00", "Europe/Berlin")
    before, after = moment("2025-04-15T00:00", "Europe/Berlin"), moment("2026-12-15T00:00", "Europe/Berlin")
    assert table.last_before(after, slot - SECOND) == slot
    assert table.last_before(after, slot) is None
    assert slot in (table.next_after(before), table.next_after(before + 270 * 86_400 * SECOND))
