"""Inputs: what streams into an agent; a value, or many as NDJSON."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from pypes.instants import format_moment
from pypes.store.runs import LAST_ID
from pypes.store.tx import Tx
from pypes.web.answers import Created, answer, created
from pypes.web.body import SMALL, declared_length, header, is_ndjson, read_body
from pypes.web.finding import find_agent
from pypes.web.posting import Posting, key_in, store_one
from pypes.web.progress import telling_progress
from pypes.web.query import Cursor, Limit, Query
from pypes.web.resource import Operation, name_in
from pypes.web.services import Services


class Input(msgspec.Struct, frozen=True):
    """One input, as it is listed."""

    id: str
    at: str
    """When it arrived."""
    value: msgspec.Raw
    """The JSON as it was posted."""


class InputPage(msgspec.Struct, frozen=True):
    """A page of inputs, newest first."""

    items: list[Input]
    next: str | None
    """What to give as `before` for the next page."""


class InputQuery(Query, frozen=True, kw_only=True):
    """Which inputs."""

    limit: Limit = 100
    before: Cursor | None = None
    """The id of an input: only older ones are listed."""


async def _list_inputs(services: Services, request: Request, query: InputQuery) -> Response:
    """List an agent's inputs, newest first."""
    name = name_in(request)

    def page(tx: Tx) -> list[tuple[str, str]]:
        return tx.inputs_page(find_agent(tx, name).id, query.before or LAST_ID, query.limit)

    rows = await services.store.read(page)
    items = [Input(row_id, _arrival(row_id), msgspec.Raw(value.encode())) for row_id, value in rows]
    return answer(InputPage(items, rows[-1][0] if len(rows) == query.limit else None))


async def _add_inputs(services: Services, request: Request, _query: Query) -> Response:
    """Append an input to an agent: any JSON value, or one per line of NDJSON."""
    name, key = name_in(request), key_in(request)
    if is_ndjson(request):
        posting = await Posting.begin(services, name, key)
        if _wants_progress(request):
            return telling_progress(posting, request)
        return created(await posting.store_all(request))
    if declared_length(request) > SMALL:
        await services.store.read(lambda tx: find_agent(tx, name))
    body = await read_body(request, services.config.max_body)
    return created(await store_one(services, name, key, body))


def _wants_progress(request: Request) -> bool:
    return b"application/x-ndjson" in (header(request.scope, b"accept") or b"")


def _arrival(input_id: str) -> str:
    """An input's id begins with the moment of its arrival."""
    return format_moment(int(input_id[:14], 16))


LIST = Operation(do=_list_inputs, query=InputQuery, gives=InputPage)
HEADERS = {"Idempotency-Key": "A name for this post, by which repeating it stores nothing twice."}
ADD = Operation(do=_add_inputs, headers=HEADERS, takes=Any, lines=True, gives=Created)
