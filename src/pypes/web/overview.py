"""Overview: what the scheduler is doing, in one answer."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from pypes import __version__
from pypes.instants import format_moment
from pypes.store.tx import Tx
from pypes.web.answers import answer_encoded
from pypes.web.pulse import Pulse, read_pulse
from pypes.web.query import Query
from pypes.web.recent import Recent, read_recent
from pypes.web.resource import Operation
from pypes.web.services import Services
from pypes.web.shapes import Run, run_shape

LOOKED_AT = 5000
"""Of so many of the newest runs, failures are shown."""
FAILURES = 8


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the scheduler."""

    version: str
    node: str
    started: str
    counts: dict[str, int]
    """agents, schedules (active ones) and runs."""
    pulse: Pulse
    recent: Recent
    failures: list[Run]
    """The newest failures among the newest 5000 runs, at most 8."""
    problems: dict[str, str]
    """What is wrong right now, by who has the problem."""


async def _show_overview(services: Services, _request: Request, _query: Query) -> Response:
    """Sum up what the scheduler is doing, and what failed last."""
    now = services.clock.now()

    def overview(tx: Tx) -> bytes:
        return msgspec.json.encode(_read(tx, services, now))

    return answer_encoded(await services.store.read(overview))


def _read(tx: Tx, services: Services, now: int) -> Overview:
    failed = tx.recent_failures(before=now, most=LOOKED_AT, limit=FAILURES)
    rows = [row for run_id in failed if (row := tx.run_by_id(run_id))]
    return Overview(
        version=__version__,
        node=services.presence.node,
        started=format_moment(services.presence.started),
        counts=tx.counts(),
        pulse=read_pulse(tx, now),
        recent=read_recent(tx, None, now),
        failures=[run_shape(row, now) for row in rows],
        problems=dict(services.health.problems),
    )


SHOW = Operation(do=_show_overview, gives=Overview)
