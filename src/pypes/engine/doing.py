"""Doing: one step of a run, sent or asked; whatever secret it has looked up is masked in what comes back."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec

from pypes.engine.means import Means
from pypes.engine.questioning import Questioning
from pypes.errors import Unavailable
from pypes.model.budget import Amount, Refused, Wish
from pypes.model.run import Claimed
from pypes.model.stepping import tries_before
from pypes.receipt import Failure, Outcome, Thought
from pypes.request import Request
from pypes.steps.llm import Llm
from pypes.steps.webhook import Webhook
from pypes.steps.wording import Wording
from pypes.store.rows import HeldRow
from pypes.store.stepping import begin_asking
from pypes.store.tx import Tx

T = TypeVar("T")

NOT_NOW = 0.1
"""Seconds between two looks whether this daemon may start something."""
RETRY = 0.5
"""Seconds between two tries while the store cannot be written."""


async def patiently(ask: Callable[[Callable[[Tx], T]], Awaitable[T]], unit: Callable[[Tx], T]) -> T:
    """Read or write until the store answers: what cannot be recorded must not go on."""
    while True:
        try:
            return await ask(unit)
        except Unavailable:
            await asyncio.sleep(RETRY)


class Doing:
    """Does the steps of one run, one after the other."""

    def __init__(self, run: Claimed, means: Means, wording: Wording, *, started: int) -> None:
        self._run = run
        self._means = means
        self._wording = wording
        self._clock = means.tools.clock
        self._started = started
        self._asking: Questioning | None = None

    @property
    def is_asked(self) -> bool:
        """Whether a model was asked and what came of it is not on disk yet."""
        return self._asking is not None and self._asking.is_asked

    async def send(self, step: Webhook, number: int | None) -> Outcome:
        """Send a webhook; each step of a sequence has an id of its own, the same on every try."""
        await self._until_allowed()
        call = await asyncio.to_thread(self._wording.call, step)
        request = call.request(
            run_id=self._run.id if number is None else f"{self._run.id}-{number}",
            attempt=tries_before(self._run, number) + 1,
            slot=self._run.slot,
            now=self._clock.now(),
        )
        return self._wording.masked(call.judge(await self._exchange(request)))

    async def ask(self, step: Llm, position: int, in_run: Amount) -> Thought | Failure | Refused:
        """Ask a model, if its budgets allow; `in_run` is what this run has used before."""
        await self._until_allowed()
        prompt, limits = await asyncio.to_thread(self._wording.prompt, step), step.limits
        self._asking = Questioning(prompt, self._means, seconds=limits.seconds, usd=limits.usd)
        outcome = await self._asking.ask(self._begin(position, in_run))
        if isinstance(outcome, Failure):
            return self._wording.masked_failure(outcome)
        if isinstance(outcome, Thought):
            return msgspec.structs.replace(outcome, output=self._wording.masked_text(outcome.output))
        return outcome

    def is_written(self) -> None:
        """What came of the last step is on disk."""
        self._asking = None

    def _begin(self, position: int, in_run: Amount) -> Callable[[Wish], Awaitable[HeldRow | Refused | None]]:
        async def begin(wish: Wish) -> HeldRow | Refused | None:
            now = self._clock.now()
            return await patiently(
                self._means.tools.store.write,
                lambda tx: begin_asking(
                    tx,
                    self._run,
                    position,
                    wish,
                    owner=self._means.tools.owner,
                    of_all=self._means.budget,
                    in_run=in_run,
                    started_at=self._started,
                    now=now,
                ),
            )

        return begin

    async def _until_allowed(self) -> None:
        """A daemon that was not heard of starts nothing; if others took over, it is told to drop the run."""
        while not self._means.tools.lease.holds():  # noqa: ASYNC110 - time passes without an event
            await asyncio.sleep(NOT_NOW)

    async def _exchange(self, request: Request) -> Outcome:
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        ticket = self._means.sender.send(request, answer.set_result)
        try:
            return await answer
        except asyncio.CancelledError:
            ticket.cancel()
            raise
