"""Bulk: agents as they are posted, one object, an array, or NDJSON; all are read before any is stored."""

import asyncio
from collections.abc import Callable
from functools import partial

import msgspec
from starlette.requests import Request

from pypes.decoding import decode
from pypes.errors import InvalidInput, MalformedJson, PypesError
from pypes.model.action import parse_entry
from pypes.model.agent import Agent, parse_agent, salvage_agent
from pypes.web.answers import BadLine
from pypes.web.body import SMALL, Raw, is_ndjson, read_body, read_lines, well_formed_first
from pypes.web.services import Services

CHUNK = 100
"""So many agents are read in one go in a thread; in between, everybody else has their turn."""

Parse = Callable[[Raw, int], Agent]
Blame = Callable[[PypesError], PypesError]
"""Says of a mistake in one agent where in the body that agent stands."""
Item = tuple[Blame, Raw]


async def read_agents(services: Services, request: Request, *, salvage: bool) -> list[Agent]:
    """Read and check every agent of a body; raise the first mistake with its place."""
    reader = _Reader(salvage_agent if salvage else parse_agent, services.clock.now())
    if is_ndjson(request):
        config = services.config
        async for lines in read_lines(request, longest=config.max_body, total=config.max_agents_body):
            await reader.take([(partial(_at_line, number), line) for number, line in lines])
    else:
        await reader.take(_items(await read_body(request, services.config.max_body)))
    return reader.agents


def objection(text: str, now: int) -> str | None:
    """Say why a label would be refused as an action; None for one that never was meant as an action."""
    try:
        parse_entry(msgspec.Raw(msgspec.json.encode(text)), now)
    except (InvalidInput, MalformedJson) as error:
        return error.message
    return None


class _Reader:
    """Gathers agents, none of them twice."""

    def __init__(self, parse: Parse, now: int) -> None:
        self.agents: list[Agent] = []
        self._parse = parse
        self._now = now
        self._names: set[str] = set()

    async def take(self, items: list[Item]) -> None:
        """Read some more, off the loop unless they are few."""
        if len(items) == 1 and len(bytes(items[0][1])) <= SMALL:
            self._read(items)
            return
        for start in range(0, len(items), CHUNK):
            await asyncio.to_thread(self._read, items[start : start + CHUNK])

    def _read(self, items: list[Item]) -> None:
        for blame, raw in items:
            try:
                self._add(well_formed_first(lambda raw: self._parse(raw, self._now), raw))
            except PypesError as error:
                raise blame(error) from None

    def _add(self, agent: Agent) -> None:
        if agent.name in self._names:
            raise InvalidInput(f"the agent `{agent.name}` is in this body twice", "$.name")
        self._names.add(agent.name)
        self.agents.append(agent)


def _items(body: bytes) -> list[Item]:
    if not body.lstrip().startswith(b"["):
        return [(partial(_at_path, "$"), body)]
    raws: list[msgspec.Raw] = decode(body, list[msgspec.Raw])
    return [(partial(_at_path, f"$[{index}]"), raw) for index, raw in enumerate(raws)]


def _at_path(path: str, error: PypesError) -> PypesError:
    return error.under(path) if isinstance(error, InvalidInput) else error


def _at_line(line: int, error: PypesError) -> PypesError:
    return BadLine(error, line)
