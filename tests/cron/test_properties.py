"""What holds for every expression, zone, policy and moment."""

from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from pypes.clock import SECOND
from pypes.cron import DstPolicy, Timetable, describe, parse, timetable, warnings
from pypes.errors import InvalidExpression

from . import samples
from .test_slots_against_oracle import NIGHTS

YEARS = (int(datetime(1971, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2150, 1, 1, tzinfo=UTC).timestamp()))
POLICIES: tuple[DstPolicy, ...] = ("vixie", "skip", "literal")

tables = st.builds(
    timetable,
    st.sampled_from(samples.expressions(11, 400)),
    st.sampled_from(sorted(NIGHTS)),
    st.sampled_from(POLICIES),
)
moments = st.integers(YEARS[0] * SECOND, YEARS[1] * SECOND)


def slots(table: Timetable, moment: int, number: int) -> list[int]:
    found: list[int] = []
    while len(found) < number and (slot := table.next_after(moment)) is not None:
        found.append(slot)
        moment = slot
    return found


words = st.sampled_from(
    ["*", "?", "L", "W", "#", "+", "-", "/", ",", " ", "@daily", "5", "15", "70", "FRI", "jan", "\t"]
)
garbage = st.one_of(
    st.text(max_size=40), st.lists(words, max_size=24).map("".join), st.from_regex(r"(\S+ ){4,6}\S+")
)


@settings(max_examples=500, deadline=None)
@given(garbage)
def test_any_text_is_either_an_expression_with_words_or_refused_with_a_sentence(text: str) -> None:
    said = refusal(text)
    if said is None:
        assert describe(parse(text))
        assert all(warnings(timetable(text, "Europe/Berlin"), 0))
    else:
        assert len(said) > 30


def refusal(text: str) -> str | None:
    try:
        parse(text)
    except InvalidExpression as refused:
        return refused.message
    return None


@settings(max_examples=300, deadline=None)
@given(tables, moments)
def test_every_timetable_can_be_described_and_warned_about(table: Timetable, moment: int) -> None:
    assert describe(table.expression)
    assert all(warnings(table, moment))


@settings(max_examples=300, deadline=None)
@given(tables, moments)
def test_the_next_slot_is_strictly_later_a_whole_second_and_a_slot(table: Timetable, moment: int) -> None:
    slot = table.next_after(moment)
    if slot is not None:
        assert slot > moment
        assert slot % SECOND == 0
        assert table.matches(slot)
        assert table.why_not(slot) is None


@settings(max_examples=200, deadline=None)
@given(tables, moments, st.integers(1, SECOND - 1))
def test_microseconds_count(table: Timetable, moment: int, fraction: int) -> None:
    for slot in slots(table, moment, 1):
        assert table.next_after(slot - fraction) == slot
        assert table.next_after(slot + fraction) == table.next_after(slot)
        assert not table.matches(slot + fraction)
        assert table.why_not(slot + fraction)


@settings(max_examples=200, deadline=None)
@given(tables, moments, st.integers(0, 400 * 86_400 * SECOND))
def test_a_later_moment_never_has_an_earlier_next_slot(table: Timetable, moment: int, later: int) -> None:
    first, second = table.next_after(moment), table.next_after(moment + later)
    assert second is None or (first is not None and first <= second)


@settings(max_examples=200, deadline=None)
@given(tables, moments, st.integers(0, 30))
def test_counting_agrees_with_enumerating(table: Timetable, moment: int, number: int) -> None:
    found = slots(table, moment, number)
    for index, slot in enumerate(found):
        assert table.count(moment, slot) == index + 1
        assert table.count(slot, found[-1]) == len(found) - index - 1
        assert table.count(moment, slot - 1) == index


@settings(max_examples=200, deadline=None)
@given(tables, moments)
def test_looking_back_from_a_slot_finds_the_one_before_it(table: Timetable, moment: int) -> None:
    found = slots(table, moment, 8)
    for before, slot in pairwise(found):
        assert table.last_before(slot - 1, moment) == before
        assert table.last_before(slot, moment) == slot
        assert table.last_before(slot - 1, before) is None


@settings(max_examples=200, deadline=None)
@given(tables, moments, st.integers(0, 3 * 86_400))
def test_what_is_not_a_slot_has_a_reason_and_what_is_has_none(
    table: Timetable, moment: int, later: int
) -> None:
    candidate = (moment // SECOND + later) * SECOND
    assert (table.why_not(candidate) is None) == table.matches(candidate)


@settings(max_examples=100, deadline=None)
@given(tables, st.integers(-(10**20), 10**20))
def test_no_moment_is_too_early_or_too_late_to_ask_about(table: Timetable, moment: int) -> None:
    slot = table.next_after(moment)
    assert slot is None or slot > moment
    assert table.last_before(moment, moment - SECOND) in (None, moment // SECOND * SECOND)
    assert table.count(moment, moment + 86_400 * SECOND) >= 0
    assert table.why_not(moment) is None or not table.matches(moment)
