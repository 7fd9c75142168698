"""Nodes: the daemons that share the store, and how one is told to hand over its work."""

from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from pypes import __version__
from pypes.errors import NotFound, Unavailable
from pypes.instants import format_moment
from pypes.presence import Presence
from pypes.store.rows import NodeRow
from pypes.store.tx import Tx
from pypes.web.answers import answer
from pypes.web.body import read_optional
from pypes.web.query import Query
from pypes.web.resource import Operation
from pypes.web.services import Services

State = Literal["active", "draining", "late"]
"""`late`: nothing was heard of it for longer than its lease; it starts nothing, and others take over."""


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A daemon on this store."""

    node: str
    version: str
    started: str
    state: State
    heartbeat: str | None
    """When it last said that it is there; null where it need not, because nobody else may use the store."""
    held: int
    """Runs that it holds: ahead of their slots, queued or under way."""
    seats: int
    """How many it may hold."""
    rate: int
    """Runs that it started in the last minute."""
    clock_offset_ms: float
    """How far its machine's clock is ahead of the database's; it is corrected."""
    agents: int
    schedules: int
    """Active ones; these two are the store's, whoever answers."""


class NodeList(msgspec.Struct, frozen=True):
    """The daemons that share the store, the one that answers first; a command without a daemon is none."""

    items: list[Node]
    next: None


class Drain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which daemon hands over its work."""

    node: str | None = None
    """The one that answers, when absent."""
    drain: bool = True
    """False lets it claim again."""


async def _list_nodes(services: Services, _request: Request, _query: Query) -> Response:
    """List the daemons that share the store."""
    now = services.clock.now()

    def read(tx: Tx) -> tuple[list[NodeRow], dict[str, int]]:
        return tx.nodes(), tx.counts()

    rows, counts = await services.store.read(read)
    own = _own_row(services.presence)
    others = [row for row in rows if row.id != own.id]
    items = [_node(row, counts, now) for row in ([own] if services.presence.is_daemon else []) + others]
    return answer(NodeList(items, None))


def _own_row(own: Presence) -> NodeRow:
    """What the daemon that answers knows of itself, without waiting for its next heartbeat."""
    return NodeRow(
        id=own.node,
        version=__version__,
        started_at=own.started,
        seen_at=own.seen,
        expires_at=None,
        draining=int(own.draining),
        held=own.held,
        seats=own.seats,
        rate=own.rate,
        ahead=own.ahead,
    )


def _node(row: NodeRow, counts: dict[str, int], now: int) -> Node:
    is_late = row.expires_at is not None and row.expires_at <= now
    return Node(
        node=row.id,
        version=row.version,
        started=format_moment(row.started_at),
        state="late" if is_late else "draining" if row.draining else "active",
        heartbeat=format_moment(row.seen_at) if row.seen_at else None,
        held=row.held,
        seats=row.seats,
        rate=row.rate,
        clock_offset_ms=row.ahead / 1000,
        agents=counts["agents"],
        schedules=counts["schedules"],
    )


async def _drain_node(services: Services, request: Request, _query: Query) -> Response:
    """Let a daemon claim nothing more, and give back what it has not sent; or let it claim again."""
    body = await read_optional(request, Drain, services.config.max_body) or Drain()
    node = body.node or services.presence.node
    found = await services.store.write(lambda tx: tx.drain_node(node, draining=body.drain))
    if not found and body.node is None:
        raise Unavailable("pypes is not running here: name a daemon, as `pypes nodes` lists them")
    if not found:
        raise NotFound(f"there is no node `{node}`: `pypes nodes` lists them")
    if node == services.presence.node:
        services.presence.draining = body.drain
    return await _list_nodes(services, request, _query)


LIST = Operation(do=_list_nodes, gives=NodeList)
DRAIN = Operation(do=_drain_node, takes=Drain, optional=True, gives=NodeList)
