"""Check: the receiver's log against the ledger, for agents with one every-second schedule each.

The promises of exactness: every slot has exactly one row, nothing starts early, what is recorded as done did
arrive, and what arrived is recorded. A repeated delivery is allowed if it has the same id.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from bench.arrivals import SECOND, Arrival
from bench.ledger import Row


class Verdict(NamedTuple):
    """What does not match, in slots or posts; the first six must be 0."""

    missing: int
    """Slots without a row."""
    doubled: int
    """Slots with two rows, or delivered under two ids."""
    early: int
    """Posts that arrived before their slot."""
    moved: int
    """Rows whose slot is not one of the schedule's."""
    undelivered: int
    """Rows that say `succeeded` whose post never arrived."""
    unrecorded: int
    """Posts whose id no row has."""
    repeated: int
    """Posts that arrived again, under the same id: at-least-once."""
    skipped: int
    """Slots whose row says that they did not run, and why."""
    slots: int
    """Slots that were expected."""

    @property
    def faults(self) -> int:
        """How many breaches of a promise there are."""
        return sum(self[:6])

    def __str__(self) -> str:
        """Say it in one line."""
        return ", ".join(f"{name} {count}" for name, count in self._asdict().items())


def check(
    rows: Iterable[Row], arrivals: list[Arrival], *, phases: Mapping[str, int], since: int, until: int
) -> Verdict:
    """Compare the slots up to `until`; those after `since` are expected of every agent.

    `phases` says of each agent how its slots follow the whole seconds.
    """
    rows = [row for row in rows if row.slot <= until]
    arrivals = [each for each in arrivals if each.slot <= until]
    covered = _covered(rows)
    expected = [
        (agent, slot)
        for agent, phase in phases.items()
        for slot in range(_next_slot(since, phase), until + 1, SECOND)
    ]
    ids = {row.id for row in rows}
    arrived = {each.id for each in arrivals}
    delivered = Counter((each.path, each.slot) for each in set(_without_moment(arrivals)))
    doubles = sum(count > 1 for slots in covered.values() for count in slots.values())
    return Verdict(
        missing=sum(slot not in covered[agent] for agent, slot in expected),
        doubled=doubles + sum(count > 1 for count in delivered.values()),
        early=sum(each.moment < each.slot for each in arrivals),
        moved=sum((row.slot - phases.get(row.agent, 0)) % SECOND > 0 for row in rows),
        undelivered=sum(row.state == "succeeded" and row.id not in arrived for row in rows),
        unrecorded=len(arrived - ids),
        repeated=len(arrivals) - len(arrived),
        skipped=sum(row.slots for row in rows if row.state == "skipped"),
        slots=len(expected),
    )


def _covered(rows: list[Row]) -> defaultdict[str, Counter[int]]:
    """Of each agent, how many rows cover each slot."""
    covered: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for row in rows:
        covered[row.agent].update(range(row.slot, row.slot_to + 1, SECOND))
    return covered


def _next_slot(moment: int, phase: int) -> int:
    return moment + SECOND - (moment - phase) % SECOND


def _without_moment(arrivals: list[Arrival]) -> Iterable[Arrival]:
    return (each._replace(moment=0) for each in arrivals)
