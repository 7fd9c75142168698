"""Login: the token once, for a cookie that a browser keeps and no script can read."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from pypes.errors import Unauthorized
from pypes.web.answers import answer
from pypes.web.body import read_json
from pypes.web.guard import COOKIE, is_token, session_of
from pypes.web.query import Query
from pypes.web.resource import Operation
from pypes.web.services import Services

LONGEST = 10_000
"""Bytes of a body that holds a token."""


class Login(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The token that the daemon was started with."""

    token: str


async def _log_in(services: Services, request: Request, _query: Query) -> Response:
    """Exchange the token for a cookie."""
    login: Login = await read_json(request, Login, LONGEST)
    response = answer({"ok": True})
    token = services.config.token
    if token is None:
        return response
    if not is_token(login.token, token):
        raise Unauthorized("the token is wrong")
    response.set_cookie(COOKIE, session_of(token), httponly=True, samesite="strict")
    return response


LOG_IN = Operation(do=_log_in, takes=Login, gives=dict[str, bool], public=True)
