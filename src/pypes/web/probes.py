"""Probes: is the daemon alive, and can it do its work?"""

from starlette.requests import Request
from starlette.responses import Response

from pypes.web.answers import answer
from pypes.web.query import Query
from pypes.web.resource import Operation
from pypes.web.services import Services


async def _say_alive(_services: Services, _request: Request, _query: Query) -> Response:
    """Say that the daemon answers."""
    return answer({"ok": True})


ALIVE = Operation(do=_say_alive, gives=dict[str, bool], public=True)
