"""Loading: many agents that are posted together are all saved or none, and nobody's slot waits for them.

A load is put down in short transactions, accepted by one, and saved in short ones again. Between any two of
them slots are claimed. A daemon that dies before the acceptance leaves nothing that counts; after it, the
load is saved by whoever opens the store next. Of a shared store that may be later: what somebody has changed
since, and was answered, counts more than a load that nobody was answered.
"""

import asyncio
import secrets
from functools import partial

from pypes.clock import SECOND, Clock
from pypes.errors import Unavailable
from pypes.model.agent import Agent, read_agent, write_agent
from pypes.store.database import Unreachable
from pypes.store.rows import LoadAgent
from pypes.store.saving import save_agent
from pypes.store.store import Store
from pypes.store.tx import Tx

PIECE = 100
"""Agents in one transaction: some ten milliseconds."""
ABANDONED = 120 * SECOND
"""A load that nobody has touched for so long has lost its daemon."""
RETRY = 0.5
"""Seconds between two tries to save what was accepted."""


class Loading:
    """One load, from its first agent to its last."""

    def __init__(self, store: Store, clock: Clock, load_id: str) -> None:
        self._store = store
        self._clock = clock
        self._id = load_id
        self._count = 0

    @classmethod
    async def begin(cls, store: Store, clock: Clock) -> "Loading":
        """Begin a load."""
        now = clock.now()
        load_id = f"{now:014x}{secrets.token_hex(4)}"
        await store.write(lambda tx: tx.insert_load(load_id, now))
        return cls(store, clock, load_id)

    async def put_down(self, agents: list[Agent]) -> None:
        """Write the next agents down."""
        for start in range(0, len(agents), PIECE):
            piece = [
                LoadAgent(self._id, self._count + index, write_agent(agent))
                for index, agent in enumerate(agents[start : start + PIECE])
            ]
            self._count += len(piece)
            await self._store.write(partial(self._put, agents=piece))

    async def accept(self) -> int:
        """Promise to save all of it, and do so; how many agents.

        From here on nobody can be told that it was not stored: a full disk, or a database that is away, only
        delays it.
        """
        if not await self._accepted():
            raise Unavailable("what was posted stood still for too long and was given up: post it again")
        while not await self._is_saved():  # noqa: ASYNC110 - a disk has no event
            await asyncio.sleep(RETRY)
        return self._count

    async def _accepted(self) -> int:
        """Accept it; where the answer is lost, ask until it is known."""
        while True:
            try:
                return await self._store.write(lambda tx: tx.accept_load(self._id, self._clock.now()))
            except Unreachable:
                await asyncio.sleep(RETRY)

    async def _is_saved(self) -> bool:
        try:
            await self.save()
        except Unavailable:
            return False
        return True

    async def give_up(self) -> None:
        """Forget what was put down."""
        if await self._store.write(lambda tx: tx.drop_load(self._id)):
            while await self._store.write(lambda tx: tx.drop_load_agents(self._id, 10 * PIECE)):
                pass

    async def save(self, unchanged_since: int | None = None) -> None:
        """Save what is left of it; but for those that were changed after a moment, if one is given."""
        while agents := await self._store.read(self._next):
            await self._store.write(partial(self._save, agents=agents, since=unchanged_since))
        await self._store.write(lambda tx: tx.delete_load(self._id))

    def _put(self, tx: Tx, *, agents: list[LoadAgent]) -> None:
        if not tx.touch_load(self._id, self._clock.now()):
            raise Unavailable("what was posted stood still for too long and was given up: post it again")
        tx.insert_load_agents(agents)

    def _next(self, tx: Tx) -> list[tuple[LoadAgent, Agent]]:
        """The next agents, read where it keeps no writer waiting."""
        return [(each, read_agent(each.definition)) for each in tx.load_page(self._id, PIECE)]

    def _save(self, tx: Tx, *, agents: list[tuple[LoadAgent, Agent]], since: int | None) -> None:
        now = self._clock.now()
        tx.touch_load(self._id, now)
        mine = tx.delete_load_agents(each for each, _ in agents)
        for (each, agent), is_mine in zip(agents, mine, strict=True):
            if is_mine and (since is None or not tx.changed_since(agent.name, since)):
                save_agent(tx, agent, now=now, number=each.number)


async def take_over_loads(store: Store, clock: Clock) -> None:
    """Finish what the former owner of a store left; of a store that others use too, they may be at it."""
    if not store.database.dialect.is_shared:
        await finish_loads(store, clock, idle=0)


async def finish_loads(store: Store, clock: Clock, *, idle: int = ABANDONED) -> int:
    """Save the accepted loads that were not touched for `idle` microseconds, forget the others; how many."""
    loads = await store.read(lambda tx: tx.idle_loads(clock.now() - idle))
    is_shared = store.database.dialect.is_shared
    for load in loads:
        loading = Loading(store, clock, load.id)
        if load.accepted_at is None:
            await loading.give_up()
        else:
            await loading.save(unchanged_since=load.accepted_at if is_shared else None)
    return len(loads)
