"""The web application: one table of routes, one table of mistakes, and what stands around them."""

import traceback
from collections.abc import Mapping
from http import HTTPStatus

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pypes import errors
from pypes.errors import NotFound, PypesError
from pypes.web import (
    agents,
    backfilling,
    checking,
    correcting,
    events,
    explaining,
    inputs,
    login,
    memory,
    metrics,
    nodes,
    overview,
    page,
    pausing,
    preview,
    probes,
    recent,
    requests,
    roster,
    running,
    runs,
    schedules,
    spending,
    timeline,
    upcoming,
)
from pypes.web.answers import BadLine, members_of, problem
from pypes.web.guard import Guard
from pypes.web.openapi import describing
from pypes.web.resource import Resource, Table
from pypes.web.services import Services

ROUTES: Table = {
    "/": {"GET": page.SHOW},
    "/agents": {"GET": agents.LIST, "POST": agents.ADD, "DELETE": agents.ERASE},
    "/agents/{name}": {"GET": agents.SHOW, "PUT": agents.PUT, "PATCH": agents.PATCH, "DELETE": agents.DELETE},
    "/agents/{name}/inputs": {"GET": inputs.LIST, "POST": inputs.ADD},
    "/agents/{name}/state": {"GET": memory.SHOW, "PUT": memory.REPLACE, "DELETE": memory.FORGET},
    "/agents/{name}/run": {"POST": running.RUN},
    "/agents/{name}/pause": {"POST": pausing.PAUSE},
    "/agents/{name}/resume": {"POST": pausing.RESUME},
    "/agents/{name}/backfill": {"POST": backfilling.BACKFILL},
    "/agents/{name}/why": {"GET": explaining.EXPLAIN},
    "/agents/{name}/recent": {"GET": recent.SUM_UP},
    "/roster": {"GET": roster.LIST},
    "/check": {"POST": checking.CHECK},
    "/schedules": {"GET": schedules.LIST},
    "/schedules/upcoming": {"GET": upcoming.LIST},
    "/schedules/preview": {"POST": preview.PREVIEW},
    "/spending": {"GET": spending.LIST},
    "/runs": {"GET": runs.LIST},
    "/runs/{id}": {"GET": runs.SHOW},
    "/runs/{id}/request": {"GET": requests.SHOW},
    "/runs/{id}/retry": {"POST": correcting.RETRY},
    "/runs/{id}/cancel": {"POST": correcting.CANCEL},
    "/overview": {"GET": overview.SHOW},
    "/timeline": {"GET": timeline.SHOW},
    "/events": {"GET": events.STREAM},
    "/ui/{version}/{folder}/{file}": {"GET": page.FILE},
    "/login": {"POST": login.LOG_IN},
    "/nodes": {"GET": nodes.LIST},
    "/nodes/drain": {"POST": nodes.DRAIN},
    "/healthz": {"GET": probes.ALIVE},
    "/readyz": {"GET": probes.READY},
    "/metrics": {"GET": metrics.METRICS},
}
"""Every path, and what each of its methods does."""

STATUSES: Mapping[type[PypesError], HTTPStatus] = {
    errors.MalformedJson: HTTPStatus.BAD_REQUEST,
    errors.Unauthorized: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.WrongContentType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.InvalidInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.OverLimit: HTTPStatus.TOO_MANY_REQUESTS,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""What each mistake becomes; a subclass becomes what its nearest ancestor here does."""


def create_app(services: Services) -> ASGIApp:
    """Make the ASGI application for one daemon."""
    table = dict(ROUTES)
    table["/openapi.json"] = {"GET": describing(table)}
    return _App(services, table)


class _App:
    """Admits a request, finds its resource, and turns whatever goes wrong into an answer."""

    def __init__(self, services: Services, table: Table) -> None:
        self._log = services.log
        self._guard = Guard(services.config, public=_public_paths(table))
        routes = [Route(path, Resource(services, operations)) for path, operations in table.items()]
        self._router = Router(routes, redirect_slashes=False, default=_unknown_path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        # Names may hold a slash: paths are matched as they were sent, percent-encoded.
        scope["path"] = scope["raw_path"].decode("latin-1")
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            self._guard.admit(scope)
            await self._router(scope, receive, sending)
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer
            response = self._answer_to(error)
            # An answer that has begun is left incomplete, which the client sees: the server cuts the line.
            if not begun:
                await response(scope, receive, send)

    def _answer_to(self, error: Exception) -> Response:
        if isinstance(error, PypesError) and (status := status_of(error)):
            challenge = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
            return problem(status, error.message, members=members_of(error), headers=challenge)
        self._log.say("web", "internal error", traceback="".join(traceback.format_exception(error)))
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal error: the daemon's log says more")


def status_of(error: PypesError) -> HTTPStatus | None:
    """Look a mistake up in the table; None when it is not one a caller can make."""
    kinds = type(error.error if isinstance(error, BadLine) else error).__mro__
    return next((STATUSES[kind] for kind in kinds if kind in STATUSES), None)


def _public_paths(table: Table) -> frozenset[str]:
    return frozenset(path for path, verbs in table.items() if any(verb.public for verb in verbs.values()))


async def _unknown_path(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
    raise NotFound(f"there is nothing at {scope['path']}")
