"""Every slot around a change of the clocks is compared with a walk over every instant of those days.

`python -m tests.cron.test_slots_against_oracle 200` makes the comparison as large as one likes.
"""

import sys
from datetime import UTC, datetime, timedelta
from zlib import crc32

import pytest

from pypes.clock import SECOND
from pypes.cron import DstPolicy, Timetable, parse

from . import oracle, samples

POLICIES: tuple[DstPolicy, ...] = ("vixie", "skip", "literal")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)

NIGHTS = {
    "Europe/Berlin": 2026,
    "Europe/Dublin": 2026,
    "Europe/London": 2026,
    "Europe/Lisbon": 1996,
    "Europe/Chisinau": 2026,
    "America/New_York": 2026,
    "America/St_Johns": 2006,
    "America/Havana": 2026,
    "America/Santiago": 2026,
    "America/Asuncion": 2023,
    "America/Nuuk": 2026,
    "America/Sao_Paulo": 2018,
    "Africa/Cairo": 2026,
    "Africa/Casablanca": 2026,
    "Asia/Beirut": 2026,
    "Asia/Gaza": 2026,
    "Asia/Tehran": 2021,
    "Asia/Pyongyang": 2015,
    "Asia/Kathmandu": 1986,
    "Australia/Lord_Howe": 2026,
    "Australia/Adelaide": 2026,
    "Antarctica/Troll": 2026,
    "Antarctica/Casey": 2020,
    "Antarctica/Vostok": 1994,
    "Pacific/Apia": 2011,
    "Pacific/Kwajalein": 1993,
    "Pacific/Norfolk": 2026,
    "UTC": 2026,
}
"""Zones, each with a year in which its clocks change (or, for UTC, do not)."""


def compare_days(zone: str, number: int) -> int:
    """Compare whole days around each change, minute by minute; give the number of comparisons."""
    compared = 0
    for change in oracle.changes(zone, NIGHTS[zone]) or [datetime(2026, 3, 29, tzinfo=UTC)]:
        seen = oracle.glances(zone, change - DAY, 2 * DAY, MINUTE)
        texts = samples.expressions(crc32(f"{zone}{change}".encode()), number, shapes=(5,))
        compared += sum(compare(zone, seen, text, policy, MINUTE) for text in texts for policy in POLICIES)
    return compared


def compare_hours(zone: str, number: int) -> int:
    """Compare a few hours around each change, second by second, with the times of day drawn from them."""
    compared, second = 0, timedelta(seconds=1)
    for change in oracle.changes(zone, NIGHTS[zone]) or [datetime(2026, 3, 29, tzinfo=UTC)]:
        seen = oracle.glances(zone, change - 30 * MINUTE, 120 * MINUTE, second)
        walls = [wall.hour for glance in seen for wall in (glance.wall, *glance.skipped)]
        texts = samples.expressions(
            crc32(f"{change}{zone}".encode()), number, shapes=(6, 7), hours=(min(walls), max(walls))
        )
        compared += sum(compare(zone, seen, text, policy, second) for text in texts for policy in POLICIES)
    return compared


def compare(zone: str, seen: list[oracle.Glance], text: str, policy: DstPolicy, step: timedelta) -> int:
    """Compare the slots between the first and the last glance: forwards, backwards and counted."""
    expected = oracle.slots(seen, text, policy)
    table = Timetable(parse(text), zone, policy)
    before = seen[0].instant * SECOND - 1
    end = (seen[-1].instant + int(step.total_seconds())) * SECOND - 1
    forwards, moment = [], before
    while (slot := table.next_after(moment)) is not None and slot <= end:
        forwards.append(slot // SECOND)
        moment = slot
    assert forwards == expected, (text, zone, policy)
    assert table.count(before, end) == len(expected), (text, zone, policy)
    backwards, moment = [], end
    while (slot := table.last_before(moment, before)) is not None:
        backwards.append(slot // SECOND)
        moment = slot - 1
    assert backwards == expected[::-1], (text, zone, policy)
    return len(seen)


@pytest.mark.parametrize("zone", NIGHTS)
def test_every_minute_of_the_days_around_a_change_agrees_with_the_oracle(zone: str) -> None:
    assert compare_days(zone, 12) > 0


@pytest.mark.parametrize("zone", NIGHTS)
def test_every_second_of_the_hours_around_a_change_agrees_with_the_oracle(zone: str) -> None:
    assert compare_hours(zone, 4) > 0


if __name__ == "__main__":
    size = int(sys.argv[1])
    instants = sum(compare_days(zone, size) + compare_hours(zone, size // 3) for zone in NIGHTS)
    sys.stdout.write(f"{instants} instants of {len(NIGHTS)} zones compared, no mismatch\n")
