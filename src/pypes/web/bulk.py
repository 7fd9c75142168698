"""Bulk: agents as they are posted, one object, an array, or NDJSON; all are read before any is stored.

A few are held in memory and saved in one transaction; many are put down in the store as they arrive, so that
neither memory nor anybody's slot knows how many they are.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import msgspec
from starlette.requests import Request

from pypes.decoding import decode
from pypes.errors import Forbidden, InvalidInput, MalformedJson, PypesError
from pypes.model.action import parse_entry
from pypes.model.agent import MOST_WARNINGS, Agent, parse_agent, salvage_agent, warnings_about
from pypes.store.loading import Loading
from pypes.web.answers import BadLine
from pypes.web.body import SMALL, Raw, is_ndjson, read_body, read_lines, well_formed_first
from pypes.web.by_runs import run_behind, save_for
from pypes.web.services import Services

CHUNK = 100
"""So many agents are read in one go in a thread; in between, everybody else has their turn."""
FEW = 1000
"""Up to so many agents are saved in one transaction: about a tenth of a second."""

Blame = Callable[[PypesError], PypesError]
"""Says of a mistake in one agent where in the body that agent stands."""
Item = tuple[Blame, Raw]


class Label(msgspec.Struct, frozen=True):
    """An action that was kept as a label."""

    agent: str
    action: int
    raw: str
    error: str | None
    """Why it was not accepted as an action; null for what never was meant as one."""


class Added(msgspec.Struct, frozen=True):
    """What a write says; `labels` only where they were asked for, `warnings` only where there are any."""

    records_created: int
    labels: list[Label] | msgspec.UnsetType = msgspec.UNSET
    warnings: list[str] | msgspec.UnsetType = msgspec.UNSET
    """What was accepted and will still not happen."""


async def add_agents(services: Services, request: Request, *, salvage: bool) -> Added:
    """Read and check every agent of a body, then save them all; raise the first mistake with its place."""
    bulk = _Bulk(services, salvage=salvage, run=run_behind(request.scope))
    try:
        await _read_all(services, request, bulk)
        count = await bulk.save()
    except BaseException:
        with suppress(PypesError):  # then the janitor forgets it
            await asyncio.shield(bulk.give_up())
        raise
    return Added(count, bulk.labels if salvage else msgspec.UNSET, bulk.warnings or msgspec.UNSET)


async def _read_all(services: Services, request: Request, bulk: "_Bulk") -> None:
    if is_ndjson(request):
        config = services.config
        async for lines in read_lines(request, longest=config.max_body, total=config.max_agents_body):
            await bulk.take([(partial(_at_line, number), line) for number, line in lines])
    else:
        await bulk.take(_items(await read_body(request, services.config.max_body)))


def objection(text: str, now: int) -> str | None:
    """Say why a label would be refused as an action; None for one that never was meant as an action."""
    try:
        parse_entry(msgspec.Raw(msgspec.json.encode(text)), now)
    except (InvalidInput, MalformedJson) as error:
        return error.message
    return None


class _Bulk:
    """Gathers agents, none of them twice; puts them down as soon as they are many."""

    def __init__(self, services: Services, *, salvage: bool, run: str | None) -> None:
        self.labels: list[Label] = []
        self.warnings: list[str] = []
        self._services = services
        self._salvage = salvage
        self._run = run
        """That which asks for it; None for a person."""
        self._parse = salvage_agent if salvage else parse_agent
        self._now = services.clock.now()
        self._names: set[int] = set()
        """Their hashes: a million names would be large."""
        self._agents: list[Agent] = []
        self._loading: Loading | None = None

    async def take(self, items: list[Item]) -> None:
        """Read some more, off the loop unless they are few."""
        if len(items) == 1 and len(bytes(items[0][1])) <= SMALL:
            self._read(items)
            return
        for start in range(0, len(items), CHUNK):
            await asyncio.to_thread(self._read, items[start : start + CHUNK])
            if self._loading or len(self._agents) > FEW:
                await self._put_down()

    async def save(self) -> int:
        """Save all that was read; how many."""
        if self._loading is None:
            agents, now = self._agents, self._services.clock.now()
            return await self._services.store.write(lambda tx: save_for(tx, self._run, agents, now))
        await self._put_down()
        return await self._loading.accept()

    async def give_up(self) -> None:
        """Forget what was put down, unless it was accepted."""
        if self._loading is not None:
            await self._loading.give_up()

    async def _put_down(self) -> None:
        services = self._services
        if self._run is not None:
            raise Forbidden(f"this request comes from a run, which saves at most {FEW} agents at once")
        if self._loading is None:
            self._loading = await Loading.begin(services.store, services.clock)
        agents, self._agents = self._agents, []
        await self._loading.put_down(agents)

    def _read(self, items: list[Item]) -> None:
        for blame, raw in items:
            try:
                self._add(well_formed_first(lambda raw: self._parse(raw, self._now), raw))
            except PypesError as error:
                raise blame(error) from None

    def _add(self, agent: Agent) -> None:
        if (name := hash(agent.name)) in self._names:
            raise InvalidInput(f"the agent `{agent.name}` is in this body twice", "$.name")
        self._names.add(name)
        self._agents.append(agent)
        self._tell(agent)

    def _tell(self, agent: Agent) -> None:
        """Note what will not happen, and what is only kept."""
        if len(self.warnings) < MOST_WARNINGS:
            self.warnings += warnings_about([agent], self._now)
        if self._salvage:
            self.labels += labels_in(agent, self._now)


def labels_in(agent: Agent, now: int) -> list[Label]:
    """The actions that an agent keeps as labels, and why."""
    return [
        Label(agent.name, index, entry.text, objection(entry.text, now))
        for index, entry in enumerate(agent.entries)
        if entry.action is None
    ]


def _items(body: bytes) -> list[Item]:
    if not body.lstrip().startswith(b"["):
        return [(partial(_at_path, "$"), body)]
    raws: list[msgspec.Raw] = decode(body, list[msgspec.Raw])
    return [(partial(_at_path, f"$[{index}]"), raw) for index, raw in enumerate(raws)]


def _at_path(path: str, error: PypesError) -> PypesError:
    return error.under(path) if isinstance(error, InvalidInput) else error


def _at_line(line: int, error: PypesError) -> PypesError:
    return BadLine(error, line)
