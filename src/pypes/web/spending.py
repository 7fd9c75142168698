"""Spending: what models have used, by agent and day."""

from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from pypes.clock import DAY
from pypes.instants import format_instant
from pypes.model.budget import NANO, day_of
from pypes.store.budgeting import ALL
from pypes.store.run_rows import SpentRow
from pypes.store.tx import Tx
from pypes.web.answers import answer
from pypes.web.finding import find_agent
from pypes.web.query import Query
from pypes.web.resource import Operation
from pypes.web.services import Services

MOST = 10_000
"""Rows in one answer."""


class SpendingQuery(Query, frozen=True, kw_only=True):
    """Of whom, and since when."""

    agent: str | None = None
    """Only this one's; without it, also what all agents have used together."""
    days: Annotated[int, msgspec.Meta(ge=1, le=90)] = 1
    """How many days, today (UTC) included."""


class DaySpending(msgspec.Struct, frozen=True):
    """What models have used in a day."""

    day: str
    agent: str | None
    """Null for all agents together, and for one that is gone."""
    all: bool
    """True for all agents together."""
    tokens: int
    usd: float
    """Of what has a known price."""
    held_tokens: int
    """What questions under way may still use."""
    held_usd: float


class Spending(msgspec.Struct, frozen=True):
    """Newest day first."""

    items: list[DaySpending]


async def _list_spending(services: Services, _request: Request, query: SpendingQuery) -> Response:
    """List what models have used."""
    first = day_of(services.clock.now()) - query.days + 1

    def read(tx: Tx) -> list[SpentRow]:
        scope = None if query.agent is None else find_agent(tx, query.agent).id
        return tx.spending_since(first, scope=scope, limit=MOST)

    return answer(Spending([_shape(row) for row in await services.store.read(read)]))


def _shape(row: SpentRow) -> DaySpending:
    return DaySpending(
        day=format_instant(row.day * DAY)[:10],
        agent=row.agent,
        all=row.scope == ALL,
        tokens=row.tokens,
        usd=row.nano_usd / NANO,
        held_tokens=row.held_tokens,
        held_usd=row.held_nano_usd / NANO,
    )


LIST = Operation(do=_list_spending, query=SpendingQuery, gives=Spending)
