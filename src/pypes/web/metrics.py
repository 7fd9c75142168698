"""Metrics: the daemon's figures as Prometheus reads them."""

from starlette.requests import Request
from starlette.responses import Response

from pypes.model.budget import day_of
from pypes.store.budgeting import ALL
from pypes.web.query import Query
from pypes.web.resource import Operation
from pypes.web.services import Services

TEXT = "text/plain; version=0.0.4; charset=utf-8"


async def _show_metrics(services: Services, _request: Request, _query: Query) -> Response:
    """Give the daemon's figures in Prometheus' text format."""
    from pypes.web.collector import Counts, render  # noqa: PLC0415 - see there

    now = services.clock.now()
    counts = await services.store.read(
        lambda tx: Counts(
            tx.counts(),
            tx.open_run_counts(),
            tx.queued_runs(now),
            tx.spending_since(day_of(now), scope=ALL, limit=1),
        )
    )
    return Response(render(services, counts), media_type=TEXT)


METRICS = Operation(do=_show_metrics, text="text/plain")
