"""Agents: the original's API, and one agent by its name."""

import sys
from collections.abc import AsyncIterator
from typing import Annotated, Literal, NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from pypes.decoding import decode
from pypes.errors import Forbidden, InvalidInput, NotFound
from pypes.model.agent import Agent, parse_agent, warnings_about
from pypes.store.delegating import check_may_remove
from pypes.store.saving import delete_agent
from pypes.store.tx import Tx
from pypes.web import shapes
from pypes.web.answers import JSON, answer, nothing
from pypes.web.body import Raw, read_body, well_formed_first
from pypes.web.bulk import Added, add_agents
from pypes.web.by_runs import run_behind, save_for
from pypes.web.finding import find_agent
from pypes.web.guard import through_socket
from pypes.web.patching import Patch, labels_of, read_patch, save_patch
from pypes.web.query import Query
from pypes.web.resource import Operation, name_in
from pypes.web.services import Services
from pypes.web.shapes import Form, render_agent

PAGE = 200
"""How many agents are read at once."""
PAGE_BYTES = 1_000_000
"""A page ends after so many bytes, however few agents that are."""


class ShowQuery(Query, frozen=True, kw_only=True):
    """How an agent is shown."""

    actions: Form = "strings"
    """`objects`: actions as JSON objects instead of strings that hold them."""


class ListQuery(ShowQuery, frozen=True, kw_only=True):
    """Which agents."""

    limit: Annotated[int, msgspec.Meta(ge=1)] | None = None
    after: str = ""
    """The name of an agent: only those that follow it are listed."""
    offset: Annotated[int, msgspec.Meta(ge=0, le=2**53)] = 0
    """How many to leave out first; slow far in."""


class AddQuery(Query, frozen=True, kw_only=True):
    """How agents are read."""

    keep: Literal["unrecognized"] | None = None
    """`unrecognized`: an action that would be refused is kept as a label, and told in `labels`."""


class Page(NamedTuple):
    """Some agents, rendered."""

    agents: list[bytes]
    last: str | None
    """The name of the last one; None when none follow."""


async def _list_agents(services: Services, _request: Request, query: ListQuery) -> Response:
    """List all agents in the order of their names."""
    # The first page is read before the answer begins: a store that cannot be read is still a 503.
    first = await _read_page(services, query, after=query.after, offset=query.offset, limit=_limit(query))
    return StreamingResponse(_array(services, query, first), media_type=JSON)


async def _array(services: Services, query: ListQuery, page: Page) -> AsyncIterator[bytes]:
    """Write agents page by page: never is more than one page in memory."""
    left = _limit(query) - len(page.agents)
    yield b"[" + b",".join(page.agents)
    while page.last is not None and left > 0:
        page = await _read_page(services, query, after=page.last, offset=0, limit=left)
        left -= len(page.agents)
        yield b"".join(b"," + agent for agent in page.agents)
    yield b"]"


def _limit(query: ListQuery) -> int:
    return sys.maxsize if query.limit is None else query.limit


async def _read_page(services: Services, query: ListQuery, *, after: str, offset: int, limit: int) -> Page:
    limit = min(limit, PAGE)

    def page(tx: Tx) -> Page:
        rows = tx.agents_offset(offset, limit) if offset else tx.agents_page(after, limit)
        agents: list[bytes] = []
        for row in rows:
            agents.append(render_agent(tx, row, query.actions))
            if sum(map(len, agents)) >= PAGE_BYTES:
                return Page(agents, row.name)
        return Page(agents, rows[-1].name if len(rows) == limit else None)

    return await services.store.read(page)


async def _show_agent(services: Services, request: Request, query: ShowQuery) -> Response:
    """Show one agent."""
    name = name_in(request)
    text = await services.store.read(lambda tx: render_agent(tx, find_agent(tx, name), query.actions))
    return Response(text, media_type=JSON)


async def _add_agents(services: Services, request: Request, query: AddQuery) -> Response:
    """Create or replace agents: one, a list, or one per line of NDJSON; all of them or none."""
    added = await add_agents(services, request, salvage=query.keep is not None)
    for warning in added.warnings or ():
        services.log.say("web", warning)
    return answer(added)


async def _put_agent(services: Services, request: Request, _query: Query) -> Response:
    """Create or replace one agent."""
    run = run_behind(request.scope)
    body = await read_body(request, services.config.max_body)
    name, now = name_in(request), services.clock.now()
    known = await services.store.read(lambda tx: labels_of(tx, name))
    agent = well_formed_first(lambda raw: parse_agent(_named(raw, name), now, known), body)
    await services.store.write(lambda tx: save_for(tx, run, [agent], now))
    return answer(Added(1, warnings=_warnings(services, [agent], now)))


async def _patch_agent(services: Services, request: Request, query: ShowQuery) -> Response:
    """Change one agent by a JSON merge patch; the answer is the agent."""
    run = run_behind(request.scope)
    body = await read_body(request, services.config.max_body)
    name, now = name_in(request), services.clock.now()
    known = await services.store.read(lambda tx: labels_of(tx, name))
    patch, agent = well_formed_first(lambda raw: read_patch(raw, name, now, known), body)

    def patched(tx: Tx) -> bytes:
        save_patch(tx, patch, agent, run, now)
        return render_agent(tx, find_agent(tx, name), query.actions)

    return Response(await services.store.write(patched), media_type=JSON)


async def _delete_agent(services: Services, request: Request, _query: Query) -> Response:
    """Remove one agent, its inputs and schedules, and what its runs created; its ledger stays."""
    run = run_behind(request.scope)
    name, now = name_in(request), services.clock.now()

    def removed(tx: Tx) -> bool:
        if run is not None:
            check_may_remove(tx, run, name)
        return delete_agent(tx, name, now)

    if not await services.store.write(removed):
        raise NotFound(f"there is no agent `{name}`")
    return nothing()


def _warnings(services: Services, agents: list[Agent], now: int) -> list[str] | msgspec.UnsetType:
    """Say in the log, and in the answer, what will not happen."""
    warnings = warnings_about(agents, now)
    for warning in warnings:
        services.log.say("web", warning)
    return warnings or msgspec.UNSET


def _named(body: Raw, name: str) -> bytes:
    """Give a body the name in the path; one that has another is refused."""
    document: dict[str, msgspec.Raw] = decode(body, dict[str, msgspec.Raw])
    given = document.setdefault("name", msgspec.Raw(msgspec.json.encode(name)))
    if msgspec.json.decode(given) != name:
        raise InvalidInput("the name in the body is not the one in the path", "$.name")
    return msgspec.json.encode(document)


async def _erase_store(services: Services, request: Request, _query: Query) -> Response:
    """Remove all agents and the whole ledger; only through the daemon's own socket."""
    if not through_socket(request.scope):
        raise Forbidden("all agents are removed on the daemon's own machine only, with `pypes rm db`")

    now = services.clock.now()

    def erase(tx: Tx) -> None:
        tx.depart_all(now)
        tx.erase()
        tx.definitions_changed = True

    await services.store.write(erase)
    return nothing()


LIST = Operation(do=_list_agents, query=ListQuery, gives=list[shapes.Agent])
ADD = Operation(
    do=_add_agents,
    query=AddQuery,
    takes=shapes.Agent | list[shapes.Agent],
    lines=True,
    gives=Added,
)
SHOW = Operation(do=_show_agent, query=ShowQuery, gives=shapes.Agent)
PUT = Operation(do=_put_agent, takes=shapes.Agent, gives=Added)
PATCH = Operation(do=_patch_agent, query=ShowQuery, takes=Patch, patches=True, gives=shapes.Agent)
DELETE = Operation(do=_delete_agent)
ERASE = Operation(do=_erase_store, for_people=True)
