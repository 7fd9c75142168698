"""What is said about an expression: in a sentence, as a warning, as a reason."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pypes import cron
from pypes.clock import SECOND
from pypes.cron import DstPolicy

NOW = int(datetime(2026, 9, 1, tzinfo=UTC).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("* * * * *", "Every minute"),
        ("* * * * * *", "Every second"),
        ("*/10 * * * * *", "Every 10 seconds"),
        ("*/5 * * * *", "Every 5 minutes"),
        ("*/7 * * * *", "At every 7th minute from 0 through 56 of every hour"),
        ("*/70 * * * *", "Every hour"),
        ("0-59 0-23 * * *", "Every minute"),
        ("5-5 * * * *", "At 5 minutes past the hour"),
        ("10-20 * * * *", "At minutes 10 through 20 of every hour"),
        ("* */6 * * *", "At every minute of every 6th hour from 0 through 18"),
        (
            "*/15 */15 * * * *",
            "At every 15th second from 0 through 45 of every 15th minute from 0 through 45 of every hour",
        ),
        ("10-20 5 12 * * *", "At seconds 10 through 20 of minute 5 of hour 12"),
        ("* 0 12 * * *", "At every second of minute 0 of hour 12"),
        ("30 * 9-17 * * *", "At 30 seconds past the minute, between 09:00 and 17:59"),
        ("15 */6 * * *", "At 15 minutes past the hour, every 6 hours"),
        ("0 0 * * MON#1,MON#1", "At 00:00, on the first Monday of the month"),
        ("@hourly", "Every hour"),
        ("0 */6 * * *", "Every 6 hours"),
        ("0 9 * * 1-5", "At 09:00, on Monday through Friday"),
        ("* 9-17 * * *", "Every minute, between 09:00 and 17:59"),
        ("* 9,17 * * *", "At every minute of hours 9 and 17"),
        ("0 22-23,0-2 * * *", "At 00:00, 01:00, 02:00, 22:00 and 23:00"),
        ("*/15 30 2 * * *", "At 02:30:00, 02:30:15, 02:30:30 and 02:30:45"),
        ("5,10-20 * * * *", "At minutes 5 and 10 through 20 of every hour"),
        ("20,40 */2 1 * * *", "At seconds 20 and 40 of every 2nd minute from 0 through 58 of hour 1"),
        ("@weekly", "At 00:00, on Sunday"),
        ("0 0 * * FRI-SUN", "At 00:00, on Friday through Sunday"),
        ("0 0 * * */2", "At 00:00, on Tuesday, Thursday, Saturday and Sunday"),
        ("0 0 L * ?", "At 00:00, on the last day of the month"),
        ("0 0 LW * *", "At 00:00, on the last weekday of the month"),
        ("0 0 15W * *", "At 00:00, on the weekday nearest to day 15 of the month"),
        ("0 0 L-3 * *", "At 00:00, on the day 3 days before the last day of the month"),
        ("0 0 L,15 * *", "At 00:00, on day 15 of the month and the last day of the month"),
        ("0 0 * * 5L,1#2", "At 00:00, on the last Friday of the month and the second Monday of the month"),
        ("0 0 1,15 * 5", "At 00:00, either on days 1 and 15 of the month or on Friday"),
        ("0 0 13 * +5", "At 00:00, on day 13 of the month if it is also Friday"),
        (
            "5 4 */2 * 1,2",
            "At 04:05, on every 2nd day of the month from 1 through 31 if it is also Monday or Tuesday",
        ),
        ("0 0 1 */3 *", "At 00:00, on day 1 of the month, in every 3rd month from January through October"),
        ("0 9 * JAN-MAR,DEC SAT", "At 09:00, on Saturday, in January through March and December"),
        ("0 15 10 * * * 2025-2030", "At 10:15, in 2025 through 2030"),
        (
            "0 0 0 1 1 * 2030/10",
            "At 00:00, on day 1 of the month, in January, in every 10th year from 2030 through 2190",
        ),
    ],
)
def test_an_expression_is_put_into_words(text: str, sentence: str) -> None:
    assert cron.describe(cron.parse(text)) == sentence


def warned(text: str, zone: str = "UTC", dst: DstPolicy = "vixie") -> list[str]:
    return cron.warnings(cron.timetable(text, zone, dst), NOW)


@pytest.mark.parametrize(
    "text", ["* * * * *", "*/5 * * * *", "0 9 * * MON-FRI", "0 9 1 * *", "@weekly", "0 0 0 1 1 * */2"]
)
def test_nothing_is_said_about_what_surprises_nobody(text: str) -> None:
    assert warned(text) == []


EITHER = "day of month 13 and day of week FRI are both given, so either will do: write +FRI to ask for both"
NUMBERED = (
    "day of week 1-5 counts from Sunday as 0, so it is Monday through Friday; "
    "the original counted Sunday as 1: names like MON-FRI read the same everywhere"
)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("0 0 0 1 1 * 2020", ["it never fires again"]),
        ("30 0 9 * * MON", ["six fields are read with seconds first: second 30, minute 0"]),
        ("*/7 * * * *", ["`*/7` in the minute field is uneven: from 56 to the next 0 it is 4"]),
        ("0 0/5 * * *", ["`0/5` in the hour field is uneven: from 20 to the next 0 it is 4"]),
        ("0 0 ?/2 * *", ["`?/2` in the day of month field is uneven: from 31 to the next 1 it is 1"]),
        ("0 0 */2 * *", ["`*/2` in the day of month field is uneven: from 31 to the next 1 it is 1"]),
        ("*/70 * * * *", ["`*/70` in the minute field has a step larger than its range: only 0 is left"]),
        ("10-20/8 * * * *", []),
        ("5-9/9 * * * *", ["`5-9/9` in the minute field has a step larger than its range: only 5 is left"]),
        ("0 0 13 * FRI", [EITHER]),
        ("0 9 * * 1-5", [NUMBERED]),
    ],
)
def test_what_may_surprise_is_pointed_out(text: str, sentences: list[str]) -> None:
    assert warned(text) == sentences


AUTUMN = "on 2026-10-25 clocks in Europe/Berlin go back from 03:00 to 02:00"
SPRING = "on 2027-03-28 clocks in Europe/Berlin go forward from 02:00 to 03:00"
ELAPSED = "a * in minute or hour follows elapsed time, so "
BETWEEN = "what falls in between"


@pytest.mark.parametrize(
    ("text", "dst", "autumn", "spring"),
    [
        ("30 2 * * *", "vixie", "runs once, in the first pass (vixie)", "runs once, right after (vixie)"),
        ("30 2 * * *", "skip", "runs once, in the first pass (skip)", "does not run (skip)"),
        ("30 2 * * *", "literal", "runs in both passes (literal)", "does not run (literal)"),
        ("0 */2 * * *", "skip", "runs in both passes", "does not run"),
    ],
)
def test_changes_of_the_clocks_that_matter_are_told_a_year_ahead(
    text: str, dst: DstPolicy, autumn: str, spring: str
) -> None:
    said = [sentence.replace(ELAPSED, "") for sentence in warned(text, "Europe/Berlin", dst)]
    assert said == [f"{AUTUMN}: {BETWEEN} {autumn}", f"{SPRING}: {BETWEEN} {spring}"]


@pytest.mark.parametrize("text", ["30 4 * * *", "30 2 * * MON-SAT", "*/5 * * * *"])
def test_changes_of_the_clocks_that_do_not_matter_are_not_told(text: str) -> None:
    assert warned(text, "Europe/Berlin") == []


@pytest.mark.parametrize(
    ("text", "when", "reasons"),
    [
        ("0 9-17 * * *", "2026-07-06T03:00", ["hour is 3, the expression wants 9-17"]),
        ("0 9 * * *", "2026-07-06T09:00:30", ["second is 30, the expression wants 0"]),
        ("0 9 * * *", "2026-07-06T09:00:00.25", ["slots fall on whole seconds, this is 0.25 s after one"]),
        ("5 3 * * *", "2026-07-06T04:05", ["hour is 4, the expression wants 3"]),
        ("0 9 * JAN *", "2026-07-06T09:00", ["month is 7, the expression wants JAN"]),
        ("0 0 9 * * * 2030", "2026-07-06T09:00", ["year is 2026, the expression wants 2030"]),
        ("0 9 * * MON-FRI", "2026-07-05T09:00", ["day of week is Sunday, the expression wants MON-FRI"]),
        (
            "0 9 1 * +FRI",
            "2026-07-06T09:00",
            ["day of month is 6, the expression wants 1", "day of week is Monday, the expression wants +FRI"],
        ),
        (
            "0 9 1,15 * FRI",
            "2026-07-06T09:00",
            ["the day is Monday 6, the expression wants either day of month 1,15 or day of week FRI"],
        ),
    ],
)
def test_every_field_that_says_no_is_named(text: str, when: str, reasons: list[str]) -> None:
    assert cron.timetable(text, "Europe/Berlin").why_not(moment(when)) == "; ".join(reasons)


HOUR = "hour is 3, the expression wants 2; clocks had just gone forward"
VIXIE = f"{HOUR}: vixie ran what they left out once, right after the gap"
AGAIN = "clocks show this time for the second time: skip runs it once, in the first pass"


@pytest.mark.parametrize(
    ("text", "dst", "when", "reason"),
    [
        ("30 2 * * *", "vixie", "2026-03-29T03:00", None),
        ("30 2 * * *", "vixie", "2026-03-29T03:30", VIXIE),
        ("30 2 * * *", "skip", "2026-03-29T03:30", f"{HOUR} over a time that was wanted: skip drops it"),
        ("30 2 * * *", "skip", "2026-10-25T02:30+1", AGAIN),
        ("30 2 * * *", "literal", "2026-10-25T02:30+1", None),
    ],
)
def test_what_the_clocks_did_is_a_reason_too(
    text: str, dst: DstPolicy, when: str, reason: str | None
) -> None:
    assert cron.timetable(text, "Europe/Berlin", dst).why_not(moment(when)) == reason


def test_elapsed_time_is_the_reason_why_a_starred_hour_has_no_slot_for_a_gap() -> None:
    reason = cron.timetable("*/30 2 * * *", "Europe/Berlin").why_not(moment("2026-03-29T03:30"))
    assert reason == f"{HOUR} over a time that was wanted: a * in minute or hour follows elapsed time"


def moment(text: str) -> int:
    """Read a wall time in Berlin, `+1` at its end meaning the second pass, as microseconds."""
    wall = datetime.fromisoformat(text.removesuffix("+1"))
    zoned = wall.replace(tzinfo=ZoneInfo("Europe/Berlin"), fold=text.endswith("+1"))
    return round(zoned.timestamp() * SECOND)
