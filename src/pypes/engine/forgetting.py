"""Forgetting: inputs that are too many or too old, what runs knew of them, and yesterday's answers."""

from functools import partial

from pypes.decoding import decode
from pypes.instants import parse_duration
from pypes.model.options import Options
from pypes.store.answering import KEPT
from pypes.store.runs import LAST_ID
from pypes.store.store import Store
from pypes.store.tx import Tx

AGENTS = 200
"""Agents whose inputs are looked at for their age in one round: all of them in turn."""
BATCH = 1000
"""Rows forgotten in one transaction: few enough to delay no fire."""
MOST_BATCHES = 100
"""Of one agent's inputs in one round, so that others have their turn."""


class InputForgetter:
    """Forgets a little each round; by count soon after a post, by age when an agent's turn comes."""

    def __init__(self, store: Store, *, keep: int, keep_for: int | None) -> None:
        self._store = store
        self._keep = keep
        self._keep_for = keep_for
        self._turn = ""

    async def forget(self, now: int) -> None:
        """One round."""
        for agent_id in list(self._store.touched_agents):
            self._store.touched_agents.discard(agent_id)
            bound = await self._store.read(partial(self._surplus, agent_id=agent_id))
            if bound is not None and not await self._forget_until(agent_id, bound):
                self._store.touched_agents.add(agent_id)
        await self._forget_old(now)
        await self._store.write(partial(_forget_leavings, now=now))

    def _surplus(self, tx: Tx, *, agent_id: str) -> str | None:
        options = tx.agent_options(agent_id)
        own = None if options is None else decode(options, Options).keep_inputs
        return tx.surplus_input(agent_id, self._keep if own is None else own)

    async def _forget_old(self, now: int) -> None:
        agents = await self._store.read(lambda tx: tx.agents_by_id(self._turn, AGENTS))
        self._turn = agents[-1][0] if len(agents) == AGENTS else ""
        ages = ((agent_id, self._age(options)) for agent_id, options in agents)
        bounds = [(agent_id, f"{now - age:014x}") for agent_id, age in ages if age is not None]
        for agent_id, bound in await self._store.read(lambda tx: _with_older(tx, bounds)) if bounds else ():
            await self._forget_until(agent_id, bound)

    def _age(self, options: str) -> int | None:
        own = None if options == "{}" else decode(options, Options).keep_inputs_for
        return self._keep_for if own is None else parse_duration(own)

    async def _forget_until(self, agent_id: str, bound: str) -> bool:
        """Forget inputs up to an id, in small transactions; whether all of them are gone."""
        for _ in range(MOST_BATCHES):
            if await self._store.write(lambda tx: tx.prune_inputs(agent_id, bound, BATCH)) < BATCH:
                return True
        return False


def _with_older(tx: Tx, bounds: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those agents that have inputs older than their bound."""
    return [each for each in bounds if (tx.oldest_input(each[0]) or LAST_ID) <= each[1]]


def _forget_leavings(tx: Tx, now: int) -> None:
    tx.prune_answers(now - KEPT, BATCH)
    tx.prune_run_inputs(BATCH)
