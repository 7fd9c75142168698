"""Resource: one path of the table, and what its methods do."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from pypes.errors import InvalidInput, WrongContentType
from pypes.web.answers import JSON, problem
from pypes.web.body import NDJSON, content_type, has_body, header, read_optional
from pypes.web.by_runs import check_person
from pypes.web.query import Query, read_query
from pypes.web.services import Services

MERGE_PATCH = "application/merge-patch+json"

Handler = Callable[[Services, Request, Any], Awaitable[Response]]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of one path: what it does, and what /openapi.json says about it."""

    do: Handler
    query: type[Query] = Query
    headers: Mapping[str, str] = field(default_factory=dict)
    """What it reads of a request's head, and what for."""
    takes: Any = None
    """Type of the JSON body; None when there is none to read."""
    optional: bool = False
    """True when the body may be left out."""
    lines: bool = False
    """True when the body may be NDJSON."""
    patches: bool = False
    """True when the body may be declared as the merge patch that it is (RFC 7396)."""
    gives: Any = None
    """Type of the answer's JSON; None when it has none."""
    text: str | None = None
    """Media type of an answer that is not JSON; without either there is nothing to answer."""
    public: bool = False
    """True when no token is asked for."""
    for_people: bool = False
    """True when no run may ask for it, whatever the options of its agent let it do."""

    @property
    def kinds(self) -> list[str]:
        """Media types of the body."""
        return [JSON, *([NDJSON] if self.lines else []), *([MERGE_PATCH] if self.patches else [])]

    @property
    def summary(self) -> str:
        """What it does, in a line."""
        return (self.do.__doc__ or "").partition("\n")[0]


Table = Mapping[str, Mapping[str, Operation]]
"""Operations by path and method."""


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """A body where none is asked for may be an empty object: an option in it would be silently dropped."""


class Resource:
    """An ASGI application for one path."""

    def __init__(self, services: Services, operations: Mapping[str, Operation]) -> None:
        self._services = services
        self._operations = dict(operations)
        if "GET" in operations:
            self._operations["HEAD"] = operations["GET"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find the method's operation, let it answer, and send what it says."""
        operation = self._operations.get(scope["method"])
        if operation is None:
            await self._refuse_method(scope)(scope, receive, send)
            return
        check_content_type(scope, operation)
        if operation.for_people:
            check_person(scope)
        query = read_query(scope["query_string"], operation.query)
        request = Request(scope, receive)
        if operation.takes is None and has_body(scope):
            await read_optional(request, Nothing, self._services.config.max_body)
        response = await operation.do(self._services, request, query)
        if scope["method"] == "HEAD":
            response = without_body(response)
        await response(scope, receive, send)

    def _refuse_method(self, scope: Scope) -> Response:
        allowed = ", ".join(self._operations)
        detail = f"{scope['method']} is not possible here, only {allowed}"
        return problem(405, detail, headers={"Allow": allowed})


def check_content_type(scope: Scope, operation: Operation) -> None:
    """Refuse a body that is not declared as JSON, so that no plain web form can write."""
    if scope["method"] in {"GET", "HEAD"} or not has_body(scope):
        return
    given = content_type(scope)
    if given not in operation.kinds:
        wanted = " or ".join(operation.kinds)
        raise WrongContentType(f"the body is `{given or 'of no type'}`: send it as {wanted}")
    coding = (header(scope, b"content-encoding") or b"identity").decode("latin-1")
    if coding.lower() != "identity":
        raise WrongContentType(
            f"the body is packed as `{coding}`: send it as it is, without Content-Encoding"
        )


def without_body(response: Response) -> Response:
    """Keep the head of an answer only; a stream is never begun."""
    head = Response(status_code=response.status_code)
    head.raw_headers = response.raw_headers
    return head


def name_in(request: Request) -> str:
    """Read the agent's name in the path, which may hold any character, a slash too, percent-encoded."""
    return in_path(request, "name")


def in_path(request: Request, part: str) -> str:
    """Read a part of the path; it is matched as it was sent, and decoded only here."""
    raw: str = request.path_params[part]
    try:
        return unquote(raw, errors="strict")
    except UnicodeDecodeError:
        raise InvalidInput("the path is not UTF-8") from None
