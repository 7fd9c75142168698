"""Recent: how the newest runs went, of one agent or of all, in a few figures."""

from collections import Counter

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from pypes.instants import format_instant
from pypes.store.tx import Tx
from pypes.store.watch import moment_of
from pypes.web.answers import answer
from pypes.web.finding import find_agent
from pypes.web.pulse import share
from pypes.web.query import Query
from pypes.web.resource import Operation, name_in
from pypes.web.services import Services

MOST = 1000
"""Runs that are looked at."""


class Percentiles(msgspec.Struct, frozen=True):
    """Milliseconds."""

    p50: float
    p95: float


class Recent(msgspec.Struct, frozen=True, kw_only=True):
    """How the newest runs went, at most 1000 rows of the ledger."""

    rows: int
    since: str | None
    """The slot of the oldest of them."""
    slots: dict[str, int]
    """How many slots came to each state."""
    success: float | None
    """The share of those that ran and are over which succeeded; null when there are none."""
    latency_ms: Percentiles | None
    """From start to end, of runs that made one attempt."""
    lateness_ms: Percentiles | None
    """From the effective slot to the start."""


def read_recent(tx: Tx, agent: str | None, now: int) -> Recent:
    """Sum up the newest runs."""
    rows = tx.recent_runs(agent, before=now, limit=MOST)
    slots: Counter[str] = Counter()
    for row in rows:
        slots[row.state] += row.slots
    ran = slots["succeeded"] + slots["failed"] + slots["unknown"]
    begun = [row for row in rows if row.started_at is not None]
    return Recent(
        rows=len(rows),
        since=format_instant(moment_of(rows[-1].id)) if rows else None,
        slots=dict(slots),
        success=slots["succeeded"] / ran if ran else None,
        latency_ms=_percentiles(
            [row.finished_at - (row.started_at or 0) for row in begun if row.finished_at and row.attempt == 1]
        ),
        lateness_ms=_percentiles([(row.started_at or 0) - row.effective for row in begun]),
    )


def _percentiles(micros: list[int]) -> Percentiles | None:
    ordered = sorted(each / 1000 for each in micros)
    return Percentiles(share(ordered, 0.5), share(ordered, 0.95)) if ordered else None


async def _sum_up_agent(services: Services, request: Request, _query: Query) -> Response:
    """Sum up how an agent's newest runs went."""
    name, now = name_in(request), services.clock.now()

    def summed_up(tx: Tx) -> Recent:
        find_agent(tx, name)
        return read_recent(tx, name, now)

    return answer(await services.store.read(summed_up))


SUM_UP = Operation(do=_sum_up_agent, gives=Recent)
