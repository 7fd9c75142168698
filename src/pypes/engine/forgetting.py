"""Forgetting: inputs that are too many or too old, what runs knew of them, and yesterday's answers."""

from functools import partial

from pypes.decoding import decode
from pypes.instants import parse_duration
from pypes.model.agent import Options
from pypes.store.answering import KEPT
from pypes.store.store import Store
from pypes.store.tx import Tx

AGENTS = 200
"""Agents whose inputs are looked at for their age in one round: all of them in turn."""
BATCH = 1000


class InputForgetter:
    """Forgets a little each round; by count at once after a post, by age when an agent's turn comes."""

    def __init__(self, store: Store, *, keep: int, keep_for: int | None) -> None:
        self._store = store
        self._keep = keep
        self._keep_for = keep_for
        self._turn = ""

    async def forget(self, now: int) -> None:
        """One round."""
        for agent_id in list(self._store.touched_agents):
            await self._store.write(partial(prune_inputs, agent_id=agent_id, keep=self._keep))
            self._store.touched_agents.discard(agent_id)
        await self._forget_old(now)
        await self._store.write(partial(_forget_leavings, now=now))

    async def _forget_old(self, now: int) -> None:
        agents = await self._store.read(lambda tx: tx.agents_by_id(self._turn, AGENTS))
        self._turn = agents[-1][0] if len(agents) == AGENTS else ""
        limits = {agent_id: self._age(options) for agent_id, options in agents}
        bounds = [(agent_id, now - age) for agent_id, age in limits.items() if age is not None]
        if bounds:
            await self._store.write(lambda tx: [tx.prune_inputs_before(*bound) for bound in bounds])

    def _age(self, options: str) -> int | None:
        own = None if options == "{}" else decode(options, Options).keep_inputs_for
        return self._keep_for if own is None else parse_duration(own)


def prune_inputs(tx: Tx, *, agent_id: str, keep: int) -> int:
    """Keep the newest inputs of an agent: as many as its own options say, else `keep`."""
    options = tx.agent_options(agent_id)
    own = None if options is None else decode(options, Options).keep_inputs
    return tx.prune_inputs(agent_id, keep if own is None else own)


def _forget_leavings(tx: Tx, now: int) -> None:
    tx.prune_answers(now - KEPT, BATCH)
    tx.prune_run_inputs(BATCH)
