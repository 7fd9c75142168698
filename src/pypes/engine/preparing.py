"""Preparer: renders the requests of runs with templates or secrets, off the loop and before their instant.

A run is rendered when it is claimed, at most a second before its slot. What its templates could see of the
agent's inputs is on disk before it is sent, so that the next run's `since_last` begins exactly behind it.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeVar

from pypes.clock import Clock
from pypes.model.run import Claimed
from pypes.request import Request
from pypes.secrets import Revealed, Secrets
from pypes.steps.call import Call
from pypes.steps.rendering import Unrendered
from pypes.store.context import About, Newest, context_for
from pypes.store.store import Store
from pypes.store.tx import Tx

SLICE = 50
"""So many runs are rendered in one go: others get their turn in between."""


class Prepared(NamedTuple):
    """What is left to be sent, and who judges the answer."""

    call: Call
    request: Request


class Rendered(NamedTuple):
    """What came of rendering one run, and what its templates could see."""

    result: Prepared | Exception
    seen: str | None


class Holding(Protocol):
    """Whoever holds a run, and what is to be rendered for it."""

    run: Claimed
    call: Call


H = TypeVar("H", bound=Holding)


class Preparer:
    """Belongs to the loop it is made in; `secrets` are looked up for each attempt anew."""

    def __init__(self, store: Store, *, secrets: Secrets, clock: Clock) -> None:
        self._store = store
        self._secrets = secrets
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()

    def prepare(self, holders: Sequence[H], done: Callable[[H, Prepared | Exception], None]) -> None:
        """Render the requests of held runs; `done` hears of each, later."""
        for start in range(0, len(holders), SLICE):
            task = asyncio.get_running_loop().create_task(self._prepare(holders[start : start + SLICE], done))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Give up what is being rendered: whoever held it has let it go."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _prepare(self, holders: Sequence[H], done: Callable[[H, Prepared | Exception], None]) -> None:
        try:
            rendered = await self._render([(holder.run, holder.call) for holder in holders])
        except Exception as error:  # noqa: BLE001 - whatever it is, the runs must not stay held for ever
            rendered = [Rendered(error, None) for _ in holders]
        for holder, each in zip(holders, rendered, strict=True):
            done(holder, each.result)

    async def _render(self, runs: Sequence[tuple[Claimed, Call]]) -> list[Rendered]:
        now = self._clock.now()
        rendered = await self._store.read(lambda tx: self._render_all(tx, runs, now))
        seen = [(run.id, each.seen) for (run, _), each in zip(runs, rendered, strict=True) if each.seen]
        if seen:
            await self._store.write(lambda tx: tx.mark_seen(seen))
        return rendered

    def _render_all(self, tx: Tx, runs: Sequence[tuple[Claimed, Call]], now: int) -> list[Rendered]:
        newest = Newest(tx)
        return [self._render_one(tx, run, call, now, newest) for run, call in runs]

    def _render_one(self, tx: Tx, run: Claimed, call: Call, now: int, newest: Newest) -> Rendered:
        """In a reader's thread: a mistake in one run is that run's alone."""
        try:
            return self._rendered(tx, run, call, max(run.due_at, now), newest)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not keep others from being sent
            return Rendered(error, None)

    def _rendered(self, tx: Tx, run: Claimed, call: Call, moment: int, newest: Newest) -> Rendered:
        if not isinstance(call, Unrendered):
            raise TypeError(f"nothing to render: {call!r}")
        about = About(run.id, run.agent, run.action_id, run.slot, run.trigger, run.attempt)
        known = context_for(tx, about, names=call.names, now=moment, newest=newest)
        private = call.render(known.context, Revealed(self._secrets), run.payload)
        request = private.request(run_id=run.id, attempt=run.attempt, slot=run.slot, now=moment)
        return Rendered(Prepared(private, request), known.seen)
