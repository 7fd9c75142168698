"""Probes: is the daemon alive, and can it do its work?"""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from pypes.web.answers import JSON, answer
from pypes.web.query import Query
from pypes.web.resource import Operation
from pypes.web.services import Services


class Readiness(msgspec.Struct, frozen=True):
    """What is wrong right now, by who has the problem, and how often loops were restarted."""

    ready: bool
    problems: dict[str, str]
    restarts: dict[str, int]


async def _say_alive(_services: Services, _request: Request, _query: Query) -> Response:
    """Say that the daemon answers."""
    return answer({"ok": True})


async def _say_ready(services: Services, _request: Request, _query: Query) -> Response:
    """Say whether the daemon can do its work; 503 when it cannot."""
    health = services.health
    body = Readiness(ready=not health.problems, problems=health.problems, restarts=health.restarts)
    return Response(msgspec.json.encode(body), 200 if body.ready else 503, media_type=JSON)


ALIVE = Operation(do=_say_alive, gives=dict[str, bool], public=True)
READY = Operation(do=_say_ready, gives=Readiness)
