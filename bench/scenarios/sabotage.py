"""Sabotage: the check itself is checked; each way of lying must be found, and the truth must pass."""

from collections.abc import Callable, Iterator

from bench.arrivals import SECOND, Arrival
from bench.check import check
from bench.context import Bench
from bench.figures import Figure, at_least, at_most
from bench.ledger import Row

SLOTS = range(1_800_000_000 * SECOND, 1_800_000_010 * SECOND, SECOND)
Evidence = tuple[list[Row], list[Arrival]]


def measure(_bench: Bench) -> Iterator[Figure]:
    """Takes no time: nothing is run."""
    yield at_most("faults found in the truth", _faults(_truth()), "", 0)
    lies = [LIES[name](*_truth()) for name in LIES]
    yield at_least("lies found", sum(_faults(lie) == 1 for lie in lies), "", len(LIES))


def _truth() -> Evidence:
    ids = [f"{slot:014x}{0:016x}" for slot in SLOTS]
    rows = [Row(run, "a0", slot, slot, 1, "succeeded", 1.0) for run, slot in zip(ids, SLOTS, strict=True)]
    return rows, [Arrival(row.slot + 1500, "/on/0", row.id) for row in rows]


def _faults(evidence: Evidence) -> int:
    rows, log = evidence
    return check(rows, log, phases={"a0": 0}, since=SLOTS[0] - 1, until=SLOTS[-1]).faults


def _with_row(rows: list[Row], **changes: object) -> list[Row]:
    return [*rows, rows[4]._replace(**changes)]  # type: ignore[arg-type]  # of Row's own fields


LIES: dict[str, Callable[[list[Row], list[Arrival]], Evidence]] = {
    "missing": lambda rows, log: (rows[:4] + rows[5:], log[:4] + log[5:]),
    "doubled": lambda rows, log: (_with_row(rows, id="0" * 30, state="skipped"), log),
    "doubled delivery": lambda rows, log: (
        _with_row(rows, id=rows[4].id[:-1] + "1", agent="b"),
        [*log, log[4]._replace(id=rows[4].id[:-1] + "1")],
    ),
    "early": lambda rows, log: (rows, [log[0]._replace(moment=log[0].slot - 1), *log[1:]]),
    "moved": lambda rows, log: (_with_row(rows, id="0" * 30, slot=rows[4].slot - 1, state="skipped"), log),
    "undelivered": lambda rows, log: (rows, log[:4] + log[5:]),
    "unrecorded": lambda rows, log: (rows, [*log, log[4]._replace(path="/on/1", id=log[4].id[:-1] + "1")]),
}
"""One for each kind of fault."""
