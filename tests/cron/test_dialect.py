"""What may be written, what it means, and what is said of everything else."""

from datetime import UTC, datetime
from itertools import product

import pytest

from pypes import cron
from pypes.clock import SECOND
from pypes.cron import fields
from pypes.errors import InvalidExpression


def fires(text: str, when: str) -> bool:
    moment = int(datetime.fromisoformat(when).replace(tzinfo=UTC).timestamp()) * SECOND
    return cron.timetable(text).matches(moment)


def next_slots(text: str, number: int = 40) -> list[int | None]:
    moment: int | None = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * SECOND - 1
    found = []
    for _ in range(number):
        moment = cron.timetable(text).next_after(moment) if moment is not None else None
        found.append(moment)
    return found


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("*/15 * * * *", "0,15,30,45 * * * *"),
        ("5 4 * * *", "0 5 4 * * *"),
        ("5 4 * * *", "0 5 4 * * * *"),
        ("  5\t4  *\t* * ", "5 4 * * *"),
        ("0 0 * jan-mar MON", "0 0 * 1-3 1"),
        ("0 0 * January,SEPT thurs", "0 0 * 1,9 4"),
        ("0 0 * * tues-Friday", "0 0 * * 2-5"),
        ("0 0 * * 0", "0 0 * * 7"),
        ("0 0 * * SAT-SUN", "0 0 * * 6,0"),
        ("0 0 * * FRI-SUN", "0 0 * * 5-7"),
        ("0 0 * * SUN-TUE", "0 0 * * 0-2"),
        ("0 0 * * MON-SUN", "0 0 * * *"),
        ("0 0 * * */2", "0 0 * * 0,2,4,6"),
        ("50/3 * * * *", "50,53,56,59 * * * *"),
        ("10-10/3 * * * *", "10 * * * *"),
        ("*/70 * * * *", "0 * * * *"),
        ("010 007 * * *", "10 7 * * *"),
        ("0 0 ? * MON", "0 0 * * MON"),
        ("0 0 13 * ?", "0 0 13 * *"),
        ("0 0 ?/2 * ?", "0 0 */2 * *"),
        ("0 0 ?/2 * MON", "0 0 */2 * MON"),
        ("0 0 13 * +?", "0 0 13 * +*"),
        ("0 0 * * 5#L", "0 0 * * 5L"),
        ("0 0 * * fri#l", "0 0 * * FRIL"),
        ("0 0 * * 7#1", "0 0 * * SUN#1"),
        ("0 0 * * MON-WED#2", "0 0 * * 1#2,2#2,3#2"),
        ("0 0 lw * *", "0 0 LW * *"),
        ("0 0 L-0 * *", "0 0 L * *"),
        ("0 0 * * +MON", "0 0 * * MON"),
        ("0 0 0 1 1 * 2030/5", "0 0 0 1 1 * 2030-2199/5"),
        ("0 0 0 1 1 * */2", "0 0 0 1 1 * 1970-2199/2"),
        ("@yearly", "0 0 1 1 *"),
        ("@Annually", "0 0 1 1 *"),
        ("@MONTHLY", "0 0 1 * *"),
        ("@weekly", "0 0 * * 0"),
        ("@daily", "0 0 * * *"),
        ("@midnight", "0 0 * * *"),
        (" @hourly ", "0 * * * *"),
    ],
)
def test_two_spellings_mean_the_same(text: str, same: str) -> None:
    assert next_slots(text) == next_slots(same)


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [
        ("0 12 1 * MON", ["2025-09-01T12", "2025-09-08T12", "2025-10-01T12"], ["2025-10-07T12"]),
        ("0 12 1-31 * MON", ["2025-10-06T12", "2025-10-07T12"], []),
        ("0 12 */2 * MON", ["2025-10-13T12"], ["2025-10-06T12", "2025-10-07T12"]),
        ("0 12 1 * */2", ["2025-11-01T12"], ["2025-10-01T12", "2025-10-02T12"]),
        ("0 12 1 * +MON", ["2025-09-01T12"], ["2025-09-08T12", "2025-10-01T12"]),
        ("0 12 13 * +FRI", ["2026-02-13T12"], ["2026-02-20T12", "2026-04-13T12"]),
        ("0 12 15W * *", ["2025-06-16T12", "2025-11-14T12", "2025-07-15T12"], ["2025-06-15T12"]),
        ("0 12 1W * *", ["2025-02-03T12", "2025-06-02T12"], ["2025-02-01T12", "2025-01-31T12"]),
        ("0 12 31W * *", ["2025-08-29T12", "2025-05-30T12"], ["2025-09-30T12", "2025-09-01T12"]),
        ("0 12 LW * *", ["2025-08-29T12", "2025-05-30T12", "2025-09-30T12"], ["2025-08-31T12"]),
        ("0 12 L-3 * *", ["2025-02-25T12", "2025-03-28T12"], ["2025-02-28T12"]),
        ("0 12 L-2W * *", ["2025-03-28T12"], ["2025-03-29T12"]),
        ("0 12 L-30 * *", ["2025-03-01T12"], ["2025-04-01T12", "2025-03-31T12"]),
        ("0 12 1W,L,20-22 * *", ["2025-02-03T12", "2025-02-28T12", "2025-02-21T12"], ["2025-02-01T12"]),
        ("0 12 * * FRI#2", ["2025-08-08T12"], ["2025-08-01T12", "2025-08-15T12"]),
        ("0 12 * * FRI#5", ["2025-08-29T12"], ["2025-08-22T12", "2025-09-26T12"]),
        ("0 12 * * 5L", ["2025-02-28T12", "2025-08-29T12"], ["2025-02-21T12"]),
        ("0 12 L 2 FRI#1", ["2025-02-07T12", "2025-02-28T12"], ["2025-02-14T12"]),
        ("0 12 5W * FRI#1", ["2025-08-01T12", "2025-08-05T12"], ["2025-08-08T12"]),
        ("0 12 29 2 *", ["2028-02-29T12", "2000-02-29T12"], ["2027-02-28T12"]),
        ("0 15 10 * * * 2025", ["2025-03-10T10:15"], ["2026-03-10T10:15", "2025-03-10T10:15:30"]),
        ("30 15 10 * * *", ["2025-03-10T10:15:30"], ["2025-03-10T10:15:29", "2025-03-10T10:15"]),
    ],
)
def test_days_and_years_are_found_by_the_rules_of_the_calendar(
    text: str, yes: list[str], no: list[str]
) -> None:
    assert [when for when in yes if not fires(text, when)] == []
    assert [when for when in no if fires(text, when)] == []


REFUSALS = {
    "": "`` has 0 fields: write 5 (minute",
    "* * * *": "has 4 fields: write 5 (minute, hour, day of month, month, day of week), 6 (with",
    "* * * * * * * *": "has 8 fields",
    "60 * * * *": "`60` in the minute field is out of range: write 0-59",
    "* 24 * * *": "`24` in the hour field is out of range: write 0-23",
    "* * 0 * *": "`0` in the day of month field is out of range: write 1-31",
    "* * * 13 *": "`13` in the month field is out of range: write 1-12 or JAN-DEC",
    "* * * * 8": "`8` in the day of week field is out of range: write 0-7 or SUN-SAT",
    "0 9 1 1 * 2030": "six fields begin with seconds, a year needs all seven",
    "0 0 0 1 1 * 1969": "`1969` in the year field is out of range: write 1970-2199",
    "0 0 0 1 1 * 2200": "`2200` in the year field is out of range",
    "5-70 * * * *": "`5-70` in the minute field is out of range",
    "* 22-2 * * *": "`22-2` in the hour field runs backwards: write 22-23,0-2",
    "* 23-0 * * *": "runs backwards: write 23,0",
    "* * 25-5 * *": "runs backwards: write 25-31,1-5",
    "* * * NOV-FEB *": "`NOV-FEB` in the month field runs backwards: write NOV-DEC,JAN-FEB",
    "* * * * FRI-MON": "`FRI-MON` in the day of week field runs backwards: write FRI-SUN,MON",
    "* * * * 5-1": "runs backwards: write 5-7,1",
    "* * * * 5-0": "runs backwards: write 5-7",
    "* * * * 7-2": "runs backwards: write 7,1-2",
    "56-4/3 * * * *": "`56-4/3` in the minute field runs backwards: write 56-59/3,2-4/3",
    "* 23-3/2 * * *": "runs backwards: write 23,1-3/2",
    "* * 25-1/9 * *": "runs backwards: write 25-31/9",
    "* * * OCT-APR/4 *": "runs backwards: write OCT-DEC/4,FEB-APR/4",
    "* * * * SAT-TUE/2": "runs backwards: write SAT-SUN/2,MON-TUE/2",
    "* * * * FRI-MON#2": "runs backwards: write FRI-SUN#2,MON#2",
    "* * * * 5-1L": "runs backwards: write 5-7L,1L",
    "0 0 0 1 1 * 2030-2027": "runs backwards: write 2027-2030",
    "0 0 0 1 1 * 2030-2027/3": "runs backwards: write 2027-2030/3",
    "*/0 * * * *": "`*/0` in the minute field has a step of 0: steps count from 1",
    "*/x * * * *": "has a step that is not a number: write */5 for every fifth",
    "*/5/2 * * * *": "has a step that is not a number",
    "/5 * * * *": "`/5` in the minute field lacks a number",
    "5- * * * *": "lacks a number: write 0-59, and a range with both its ends",
    "-1 * * * *": "lacks a number",
    "1-2-3 * * * *": "`1-2-3` in the minute field is not understood: write 0-59",
    "1.5 * * * *": "is not understood",
    "** * * * *": "is not understood",
    "*-5 * * * *": "is not understood",
    "* * * FOO *": "`FOO` in the month field is not understood: write 1-12 or JAN-DEC",
    "* * * * MO": "`MO` in the day of week field is not understood: write 0-7 or SUN-SAT",
    "MON * * * *": "`MON` in the minute field is not understood",
    "0 0 * * MON,,TUE": "`MON,,TUE` in the day of week field has an empty item: write MON,TUE",
    "5, 10 * * * *": "`5,` in the second field has an empty item: write 5 (no blank follows a comma)",
    ", * * * *": "has an empty item: write 0-59",
    "0 0 1-15W * *": "W works on a single day: write 15W",
    "0 0 15W-20 * *": "is not understood",
    "0 0 32W * *": "`32W` in the day of month field is out of range: write 1-31",
    "0 0 L-31 * *": "is out of range: write L-1 to L-30",
    "0 0 L/2 * *": "`L/2` in the day of month field",
    "0 0 1L * *": "a last or nth weekday belongs to the day of week, like 5L or FRI#2",
    "0 0 FRI#2 * *": "a last or nth weekday belongs to the day of week",
    "0 0 * * L": "a last or nearest day belongs to the day of month, a last weekday is 5L",
    "0 0 * * 15W": "a last or nearest day belongs to the day of month",
    "0 0 * * 5#": "`5#` in the day of week field counts wrongly: write #1 to #5, or #L for the last",
    "0 0 * * 5L#1": "`5L#1` in the day of week field is not understood: write 0-7 or SUN-SAT",
    "0 0 * * 5L/3": "is not understood",
    "0 0 * * 1##1": "counts wrongly",
    "0 0 * * 5#6": "counts wrongly: write #1 to #5, or #L for the last",
    "0 0 * * 5#0": "counts wrongly",
    "0 0 * * 8#1": "is out of range: write 0-7 or SUN-SAT",
    "0 0 * * #1": "is not understood",
    "? * * * *": "? is the * of the day of month and the day of week: write *",
    "0 ?/2 * * *": "? is the * of the day of month and the day of week",
    "0 0 ?-5 * *": "`?-5` in the day of month field cannot stand there: ? is the *",
    "0 12 +1 * MON": "+ may only begin the day of week",
    "0 12 * * ++MON": "+ may only begin the day of week",
    "H/5 * * * *": "random values",
    "H * * * *": "random values are not read: write a number, and set a jitter",
    "0-30~2 * * * *": "random values",
    "0 0 * * H#1": "random values",
    "0 0 $ * *": "the last day of the month is written L",
    "0 0 LAST * *": "the last day of the month is written L, a last weekday 5L or FRI#L",
    "0 0 25-L * *": "a range ends with a number, and months end with 31: write 25-31",
    "0 0 1-L/8 * *": "a range ends with a number",
    "0 0 W15 * *": "W follows its day: write 15W, or LW for the last weekday",
    "0 0 WL * *": "W follows its day",
    "0 0 * * L5": "`L5` in the day of week field cannot stand there: L follows its weekday",
    "0 0 * * LFRI": "L follows its weekday: write 5L or FRI#L",
    "0 9 * * MON Europe/Berlin": 'a time zone stands beside the expression, as "timezone"',
    "0 9 * * MON UTC": "a time zone stands beside the expression",
    "0 0 31 2 *": "`0 0 31 2 *` never fires: no date has day of month 31 and month 2",
    "0 0 31 4,6,9,11 *": "never fires",
    "0 0 30W 2 *": "never fires",
    "0 0 1-7 * +MON#2": "never fires",
    "1 1 */100 * MON#4": "never fires",
    "0 0 0 29 2 * 2027": "never fires: no date has day of month 29 and month 2 and year 2027",
    "*": "`*` has 1 field: write 5",
    "2026-12-01T09:00:00+01:00": 'write {"type": "at", "time": "2026-12-01T09:00:00+01:00"}',
    "2026-12-01T09:00": 'is a moment, not an expression: write {"type": "at", "time": "2026-12-01T09:00Z"}',
    "@dayly": "`@dayly` is not a known macro: write @daily, or five fields",
    "@daily 0 0 * * *": "@daily stands alone",
    "@reboot": '`@reboot` names no time: it is a trigger of its own, {"type": "reboot"}',
    "@REBOOT": "it is a trigger of its own",
    "@every 5m": 'write {"type": "every", "interval": "5m"}',
    "@every_minute": "`@every_minute` is not a known macro: write * * * * *",
    "@Every_Second": "is not a known macro: write * * * * * *",
    "@5minutes": "is not a known macro: write @hourly, @daily, @weekly, or five fields",
    "@every": '{"type": "every", "interval": "5m"}',
    "CRON_TZ=Asia/Tokyo 0 9 * * *": 'set "timezone": "Asia/Tokyo" beside it',
    "TZ=Asia/Tokyo 0 9 * * *": 'set "timezone": "Asia/Tokyo" beside it',
    "\N{DIGIT FIVE}\N{NO-BREAK SPACE}4 * * *": r"contains '\xa0': write ASCII",
    "\N{ARABIC-INDIC DIGIT FIVE} 4 * * *": r"contains '\u0665': write ASCII",
    "5 4 * * *\n": r"contains '\n': write ASCII, with spaces between fields",
    "5 4\x0b* * *": r"contains '\x0b'",
    "5 4 * * \x00": r"contains '\x00'",
    "1," * 130 + "1 * * * *": "has 269 characters: at most 256 are read",
}


@pytest.mark.parametrize(("text", "sentence"), REFUSALS.items(), ids=range(len(REFUSALS)))
def test_a_refusal_names_field_value_and_remedy(text: str, sentence: str) -> None:
    with pytest.raises(InvalidExpression) as refusal:
        cron.parse(text)
    assert sentence in refusal.value.message


BACKWARDS = [text for text, sentence in REFUSALS.items() if "runs backwards: write" in sentence]


@pytest.mark.parametrize("text", BACKWARDS)
def test_what_a_refusal_suggests_is_accepted(text: str) -> None:
    with pytest.raises(InvalidExpression) as refusal:
        cron.parse(text)
    value, _, remedy = refusal.value.message.removeprefix("`").partition("` in the ")
    assert cron.parse(text.replace(value, remedy.rpartition("write ")[2]))


@pytest.mark.parametrize("low", [0, 1])
def test_a_wrapped_range_with_a_step_is_spelt_with_the_very_numbers_that_were_meant(low: int) -> None:
    of = fields.MONTH if low else fields.HOUR
    size = of.high - of.low + 1
    for first, last, step in product(range(low, of.high + 1), range(low, of.high + 1), range(1, 9)):
        if last < first:
            meant = sum(1 << (n - low) % size + low for n in range(first, last + size + 1, step))
            with pytest.raises(InvalidExpression) as refusal:
                fields.read(of, f"{first}-{last}/{step}")
            assert fields.read(of, refusal.value.message.rpartition("write ")[2]) == meant


def test_an_expression_keeps_its_text_and_is_known_by_it() -> None:
    assert cron.parse(" 0 9  * * mon ").text == "0 9  * * mon"
    assert cron.parse("0 9 * * *") == cron.parse(" 0 9 * * * ")
    assert hash(cron.parse("0 9 * * *")) == hash(cron.parse(" 0 9 * * * "))
    assert cron.parse("0 9 * * *") != cron.parse("0 9 * * 0-7")


def test_reboot_is_recognised_in_any_case_and_is_no_expression() -> None:
    assert cron.is_reboot(" @Reboot ")
    assert not cron.is_reboot("@rebooted")
    assert "@reboot" not in cron.MACROS


def test_an_expression_whose_years_are_over_is_refused_when_it_is_saved() -> None:
    now = int(datetime(2026, 5, 3, tzinfo=UTC).timestamp()) * SECOND
    cron.check_future(cron.timetable("0 0 0 1 1 * 2027"), now)
    with pytest.raises(InvalidExpression, match=r"`0 0 0 1 1 \* 2026` never fires again: write a year"):
        cron.check_future(cron.timetable("0 0 0 1 1 * 2026"), now)


def test_a_far_year_is_found_however_far_and_nothing_after_the_last() -> None:
    slot = int(datetime(2199, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()) * SECOND
    table = cron.timetable("59 59 23 31 12 * 2199")
    assert table.next_after(0) == slot
    assert table.next_after(slot) is None
    assert cron.timetable("* * * * * *").next_after(slot) is None
    assert table.last_before(slot + SECOND, 0) == slot
