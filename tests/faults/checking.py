"""Checker: the receiver's log against the ledger, for agents with one timed trigger each.

Every slot has exactly one row, nothing starts early, what is recorded as done did arrive, and what arrived is
recorded, under one id. A repeated delivery is allowed if it has the same id: at least once.
Webhooks name their agent in the header `agent`, so that a delivery can be told without the ledger.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from living import Arrival
from pypes.clock import SECOND
from pypes.instants import parse_instant

Row = dict[str, Any]
Slot = tuple[str, int]
"""An agent and a moment in microseconds."""

UNTIMED = {"manual", "backfill", "input", "on_failure"}
"""Rows of these triggers cover no slot of a schedule."""


class Verdict(NamedTuple):
    """What was compared, and what does not match."""

    until: int
    """The newest slot that was expected to have a row is not after this moment."""
    slots: int
    """Slots that were expected to have a row."""
    delivered: int
    repeated: int
    """Deliveries that came again under the same id."""
    breaches: dict[str, list[Any]]
    """Broken promises by kind, each with the slots or ids concerned; empty when all were kept."""


def check(
    arrivals: Iterable[Arrival],
    rows: Iterable[Row],
    *,
    agents: Iterable[str],
    since: int,
    until: int,
    period: int = SECOND,
) -> Verdict:
    """Compare; of each agent the slots after `since`, up to and including `until`, must all have a row."""
    arrivals, rows = list(arrivals), list(rows)
    first = since + period - since % period
    expected = [(agent, slot) for agent in agents for slot in range(first, until + 1, period)]
    covered = Counter(slot for row in rows if row["trigger"] not in UNTIMED for slot in slots_of(row, period))
    states = {row["id"]: row["state"] for row in rows}
    ids = {arrival.run for arrival in arrivals}
    kinds: dict[str, list[Any]] = {
        "slots without a row": [slot for slot in expected if slot not in covered],
        "slots with two rows": [slot for slot, count in covered.items() if count > 1],
        "rows with a wrong count": [
            row["id"] for row in rows if len(slots_of(row, period)) != row.get("count", 1)
        ],
        "succeeded, never delivered": [
            run for run, state in states.items() if state == "succeeded" and run not in ids
        ],
        "skipped, yet delivered": [run for run in ids if states.get(run) == "skipped"],
        "delivered before its slot": [each.run for each in arrivals if each.at < parse_instant(each.slot)],
        "started before its slot": [row["id"] for row in rows if (row["lateness_ms"] or 0) < 0],
        "delivered under two ids": _renamed(arrivals),
        "delivered without a row": [run for run in ids if run not in states],
    }
    breaches = {kind: found for kind, found in kinds.items() if found}
    return Verdict(until, len(expected), len(ids), len(arrivals) - len(ids), breaches)


def slots_of(row: Row, period: int = SECOND) -> list[Slot]:
    """The slots that a row covers: one, or adjacent ones that were skipped for one reason."""
    first, last = (parse_instant(row.get(end) or row["slot"]) for end in ("from", "to"))
    return [(row["agent"], slot) for slot in range(first, last + 1, period)]


def _renamed(arrivals: list[Arrival]) -> list[Slot]:
    ids: defaultdict[Slot, set[str]] = defaultdict(set)
    for arrival in arrivals:
        ids[arrival.headers["agent"], parse_instant(arrival.slot)].add(arrival.run)
    return [slot for slot, runs in ids.items() if len(runs) > 1]
