"""Skipping: what a claim decided not to run is gathered, and written together.

An overloaded daemon skips as many slots as it fires: a statement for each would leave no time for the others.
"""

from collections.abc import Iterable, Iterator
from itertools import compress
from typing import NamedTuple

from pypes.instants import format_instant
from pypes.model.schedule import Skip
from pypes.store.alerting import raise_alert
from pypes.store.ledger import record_skip, skip_row
from pypes.store.rows import ActionRow, DueSchedule
from pypes.store.run_rows import LongerSkip
from pypes.store.tx import Tx


class Skipped(NamedTuple):
    """Adjacent slots of a schedule that will not run."""

    due: DueSchedule
    action: ActionRow
    skip: Skip
    continues: str | None
    """The skipped row that these slots would continue."""


class Skipping:
    """Gathers skips; `write` ends it."""

    def __init__(self, tx: Tx, *, now: int) -> None:
        self._tx = tx
        self._now = now
        self._gathered: list[Skipped] = []

    def add(self, skipped: Iterable[Skipped]) -> int:
        """Gather the skips of one schedule, in order; the number of the last of them."""
        self._gathered += skipped
        return len(self._gathered) - 1

    def write(self) -> list[str]:
        """Write them all; of each the id of the row that now covers it."""
        covering = dict(self._continued())
        new = [number for number in range(len(self._gathered)) if number not in covering]
        covering |= zip(new, self._inserted([self._gathered[number] for number in new]), strict=True)
        for each in self._gathered:
            self._tell(each)
        return [covering[number] for number in range(len(self._gathered))]

    def _continued(self) -> Iterator[tuple[int, str]]:
        """Those that the row before them could take in."""
        able = [(number, each) for number, each in enumerate(self._gathered) if each.continues]
        longer = [
            LongerSkip(str(each.continues), each.skip.last, each.skip.count, each.skip.reason, self._now)
            for _, each in able
        ]
        for (number, _), row in compress(zip(able, longer, strict=True), self._tx.extend_skips(longer)):
            yield number, row.id

    def _inserted(self, skipped: list[Skipped]) -> list[str]:
        """Those that have a row of their own; where the first slot has one already, the others get theirs."""
        tx, now = self._tx, self._now
        rows = [skip_row(each.skip, action=each.action, agent=each.due.agent, now=now) for each in skipped]
        born = tx.insert_skips(rows)
        tx.add_to_count("runs", sum(born))
        return [
            row.id if is_born or each.skip.count == 1 else self._one_by_one(each)
            for each, row, is_born in zip(skipped, rows, born, strict=True)
        ]

    def _one_by_one(self, each: Skipped) -> str:
        return record_skip(self._tx, each.skip, action=each.action, agent=each.due.agent, now=self._now)

    def _tell(self, each: Skipped) -> None:
        due, skip = each.due, each.skip
        if skip.reason != "missed" or not due.has_hook:
            return
        raise_alert(
            self._tx,
            agent=due.agent,
            action_id=due.id,
            now=self._now,
            event="slots.missed",
            facts=lambda: {
                "action": due.position,
                "from": format_instant(skip.first),
                "to": format_instant(skip.last),
                "slots": skip.count,
            },
        )
