"""cronsim is an independent engine, right on a clock without zones: both must enumerate the same matches."""

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from cronsim import CronSim, CronSimError

from pypes.clock import SECOND
from pypes.cron import timetable

from . import samples

START = datetime(2026, 2, 20, 12, 34, 56, tzinfo=UTC)


def known_to_cronsim(text: str) -> bool:
    """Tell whether cronsim has the syntax; it takes `10-10/3` for `10/3` and knows neither W, L-3 nor +."""
    try:
        CronSim(text, START)
    except CronSimError:
        return False
    ranges = (item.partition("/")[0].split("-") for field in text.split() for item in field.split(","))
    return not any(len(ends) == 2 and ends[0] == ends[1] for ends in ranges)


EXPRESSIONS = [text for text in samples.expressions(3, 900, shapes=(5, 6)) if known_to_cronsim(text)]


def test_the_comparison_covers_hundreds_of_expressions() -> None:
    assert len(EXPRESSIONS) > 300


@pytest.mark.parametrize("part", range(10))
def test_both_engines_find_the_same_matches_in_utc(part: int) -> None:
    for text in EXPRESSIONS[part::10]:
        expected = [int(found.timestamp()) * SECOND for found in islice(CronSim(text, START), 20)]
        moment: int | None = int(START.timestamp()) * SECOND
        for slot in expected:
            moment = timetable(text).next_after(moment or 0)
            assert moment == slot, text


@pytest.mark.parametrize("part", range(10))
def test_both_engines_find_the_same_match_backwards_in_utc(part: int) -> None:
    since = int((START - timedelta(days=366 * 45)).timestamp()) * SECOND
    for text in EXPRESSIONS[part::10]:
        expected = int(next(CronSim(text, START, reverse=True)).timestamp()) * SECOND
        moment = int(START.timestamp()) * SECOND - 1
        assert timetable(text).last_before(moment, since) == expected, text
