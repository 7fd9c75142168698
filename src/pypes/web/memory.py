"""Memory: what an agent remembers from one run to the next, to be looked at and to be corrected."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from pypes.decoding import check_json
from pypes.errors import InvalidInput
from pypes.steps.remembering import LARGEST_STATE
from pypes.store.context import remembered
from pypes.store.tx import Tx
from pypes.web.answers import answer, nothing
from pypes.web.body import read_body
from pypes.web.finding import find_agent
from pypes.web.query import Query
from pypes.web.resource import Operation, name_in
from pypes.web.services import Services


class Memory(msgspec.Struct, frozen=True):
    """What templates and conditions call `state`."""

    state: Any


async def _show_memory(services: Services, request: Request, _query: Query) -> Response:
    """Show what an agent remembers."""
    name = name_in(request)
    return answer(await services.store.read(lambda tx: _memory(tx, name)))


async def _replace_memory(services: Services, request: Request, _query: Query) -> Response:
    """Let an agent remember something else: any JSON of at most 64 KB."""
    name, now = name_in(request), services.clock.now()
    value = check_json(await read_body(request, services.config.max_body)).decode()
    if len(value.encode()) > LARGEST_STATE:
        raise InvalidInput(f"a state has at most {LARGEST_STATE // 1024} KB", "$")

    def replaced(tx: Tx) -> Memory:
        tx.save_state(find_agent(tx, name).id, value, now)
        return _memory(tx, name)

    return answer(await services.store.write(replaced))


async def _forget_memory(services: Services, request: Request, _query: Query) -> Response:
    """Let an agent forget."""
    name = name_in(request)
    await services.store.write(lambda tx: tx.delete_state(find_agent(tx, name).id))
    return nothing()


def _memory(tx: Tx, name: str) -> Memory:
    return Memory(remembered(tx, find_agent(tx, name).id))


SHOW = Operation(do=_show_memory, gives=Memory)
REPLACE = Operation(do=_replace_memory, takes=Any, gives=Memory)
FORGET = Operation(do=_forget_memory)
