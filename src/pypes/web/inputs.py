"""Inputs: what streams into an agent; a value, or many as NDJSON."""

import asyncio
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from pypes.decoding import check_json
from pypes.errors import InvalidInput, MalformedJson
from pypes.instants import format_moment
from pypes.store.arriving import add_inputs
from pypes.store.runs import LAST_ID
from pypes.store.tx import Tx
from pypes.web.answers import BadLine, Created, answer, created
from pypes.web.body import SMALL, Line, declared_length, is_ndjson, read_body, read_lines
from pypes.web.finding import find_agent
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
    name = name_in(request)
    if is_ndjson(request):
        return created(await _append_lines(services, request, name))
    if declared_length(request) > SMALL:
        await services.store.read(lambda tx: find_agent(tx, name))
    value = await _checked(await read_body(request, services.config.max_body))
    return created(await _append(services, name, [value.decode()], services.clock.now()))


async def _checked(body: bytes) -> bytes:
    return check_json(body) if len(body) <= SMALL else await asyncio.to_thread(check_json, body)


async def _append_lines(services: Services, request: Request, name: str) -> int:
    """Store lines in batches as they arrive; the next are read once the last are on disk."""
    await services.store.read(lambda tx: find_agent(tx, name))
    count = now = 0
    try:
        async for lines in read_lines(request, longest=services.config.max_body):
            values, bad = await _checked_lines(lines)
            if values:
                # Inputs are sorted by their moments: a clock that steps back must not mix up a stream.
                now = max(services.clock.now(), now + 1)
                count += await _append(services, name, values, now)
            if bad is not None:
                raise bad
    except BadLine as bad:
        raise BadLine(bad.error, bad.line, records_created=count) from None
    return count


async def _checked_lines(lines: list[Line]) -> tuple[list[str], BadLine | None]:
    if all(len(line) <= SMALL for _, line in lines):
        return _values_before_mistake(lines)
    return await asyncio.to_thread(_values_before_mistake, lines)


def _values_before_mistake(lines: list[Line]) -> tuple[list[str], BadLine | None]:
    values = []
    for number, line in lines:
        try:
            values.append(check_json(line).decode())
        except (MalformedJson, InvalidInput) as error:
            return values, BadLine(InvalidInput(error.message), number)
    return values, None


async def _append(services: Services, name: str, values: list[str], now: int) -> int:
    return await services.store.write(lambda tx: add_inputs(tx, find_agent(tx, name), values, now=now))


def _arrival(input_id: str) -> str:
    """An input's id begins with the moment of its arrival."""
    return format_moment(int(input_id[:14], 16))


LIST = Operation(do=_list_inputs, query=InputQuery, gives=InputPage)
ADD = Operation(do=_add_inputs, takes=Any, lines=True, gives=Created)
