"""What other engines say, fact by fact: `facts.txt` names them, and tells how it is read."""

from ast import literal_eval
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path

import pytest

from pypes.clock import SECOND
from pypes.cron import DstPolicy, Timetable, parse
from pypes.errors import InvalidExpression

LINES = (Path(__file__).parent / "facts.txt").read_text(encoding="ascii").splitlines()
FACTS = [[part.strip() for part in line.split("|")] for line in LINES if line and line[0] != "#"]
RULES: Mapping[str, DstPolicy] = {"vixie": "vixie", "literal": "literal"}


@pytest.mark.parametrize("fact", [fact for fact in FACTS if fact[0] in RULES], ids=" ".join)
def test_slots_are_where_other_engines_find_them(fact: list[str]) -> None:
    rule, zone, text, after, following, _ = fact
    found = islice(slots(Timetable(parse(text), zone, RULES[rule]), moment(after)), len(following.split()))
    assert list(found) == [moment(slot) for slot in following.split() if slot != "never"]


@pytest.mark.parametrize("fact", [fact for fact in FACTS if fact[0] not in RULES], ids=" ".join)
def test_a_line_is_read_or_refused_as_other_engines_do(fact: list[str]) -> None:
    verdict, text, _ = fact
    assert ("reads" if is_read(literal_eval(text)) else "refuses") == verdict


def test_the_facts_are_many_and_of_every_kind() -> None:
    assert {fact[0] for fact in FACTS} == {*RULES, "reads", "refuses"}
    assert len(FACTS) > 1000
    assert len({fact[1] for fact in FACTS if fact[0] == "vixie"}) > 30


def slots(table: Timetable, after: int) -> Iterator[int]:
    slot = table.next_after(after)
    while slot is not None:
        yield slot
        slot = table.next_after(slot)


def is_read(text: str) -> bool:
    try:
        parse(text)
    except InvalidExpression:
        return False
    return True


def moment(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * SECOND
