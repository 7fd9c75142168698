"""Performance: one run that is done step by step; what each step gave is on disk before the next begins.

A run that is taken again, after a crash or a failure, goes on with the step that was not recorded. A model
that had been asked is not asked again by itself: whether it has cost something cannot be known, and the run
ends as unknown.
"""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from pypes.engine.ending import NEVER, Ending, Why
from pypes.engine.means import Means
from pypes.engine.questioning import MAY_HAVE_COST, Lost, Questioning
from pypes.errors import InvalidInput, PypesError, Unavailable
from pypes.model.action import agent_id_of
from pypes.model.budget import Refused, Wish
from pypes.model.run import Attempt, Claimed, Settled
from pypes.model.stepping import (
    attempt_of,
    is_sequence,
    is_silent,
    names_of_steps,
    output_of,
    steps_of,
    tries_before,
    used_in,
)
from pypes.receipt import Failure, Outcome, Receipt, Spent, Thought
from pypes.request import Request
from pypes.secrets import Revealed
from pypes.steps.llm import Llm
from pypes.steps.sequence import SequenceStep
from pypes.steps.webhook import Webhook
from pypes.steps.wording import Wording
from pypes.store.budgeting import budget_of
from pypes.store.rows import HeldRow, StepRow
from pypes.store.stepping import begin_asking, note_step, progress_of
from pypes.store.tx import Tx

T = TypeVar("T")

RETRY = 0.5
"""Seconds between two tries while the store cannot be written."""


class Performance:
    """What this daemon does for one run that it holds."""

    def __init__(self, run: Claimed, means: Means) -> None:
        self._run = run
        self._means = means
        self._store = means.tools.store
        self._clock = means.tools.clock
        self._steps: tuple[SequenceStep, ...] = ()
        self._position = 0
        self._ending = Ending(run, started=self._clock.now())
        self._asking: Questioning | None = None

    async def perform(self) -> Settled | None:
        """Do the run, as far as it goes; None when it is no longer held here."""
        self._steps = steps_of(self._run.definition)
        names, now = names_of_steps(self._run.definition), self._ending.started
        progress = await self._store.read(lambda tx: progress_of(tx, self._run, names=names, now=now))
        if progress.seen is not None and not progress.steps:
            seen = progress.seen
            await self._write(lambda tx: tx.mark_seen([(self._run.id, seen)]))
        self._wording = Wording(progress.context, Revealed(self._means.secrets))
        known = {row.position: row for row in progress.steps}
        try:
            for self._position, step in enumerate(self._steps):
                row = known.get(self._position)
                settled = await self._do(step) if row is None else self._recall(step, row)
                if settled is not None:
                    return settled
        except Lost:
            return None
        return self._ending.succeed()

    def given_up(self, why: Why) -> Settled | None:
        """The run was called off, or the daemon stops; None when it is simply taken again later."""
        now = self._clock.now()
        if why == "cancelled":
            asked = "; the model had been asked, which may have cost something" if self._is_asked else ""
            message = f"cancelled{asked}"
            failure = Failure(message, retryable=False, started=now, finished=now, is_cancelled=True)
        elif self._is_asked:
            message = f"the daemon stopped while the model was asked: {MAY_HAVE_COST}"
            failure = Failure(message, retryable=False, started=now, finished=now, is_unknown=True)
        else:
            return None
        return self._fail(None, failure)

    def broken(self, bug: Exception) -> Settled:
        """A bug about this run is its failure; if a model was asked, nobody knows what came of that."""
        now = self._clock.now()
        message = bug.message if isinstance(bug, PypesError) else f"internal error: {bug!r}"
        failure = Failure(message, retryable=False, started=now, finished=now, is_unknown=self._is_asked)
        return self._fail(None, failure)

    @property
    def _is_asked(self) -> bool:
        return self._asking is not None and self._asking.is_asked

    def _recall(self, step: SequenceStep, row: StepRow) -> Settled | None:
        """A step that was begun before: its output is used again; without one it must not be repeated."""
        if row.output is None:
            message = f"the daemon died while the model was asked: {MAY_HAVE_COST}"
            now = self._clock.now()
            failure = Failure(message, retryable=False, started=row.began_at, finished=now, is_unknown=True)
            return self._fail(step, failure)
        self._wording.remember(msgspec.json.decode(row.output))
        self._ending.state = row.state or self._ending.state
        return None

    async def _do(self, step: SequenceStep) -> Settled | None:
        """Do one step; None when the next one follows."""
        started = self._clock.now()
        try:
            if not self._wording.wants(step):
                return self._ending.stay_silent(self._unreached("not reached: its condition is false"))
            outcome = await (self._ask(step) if isinstance(step, Llm) else self._send(step))
        except InvalidInput as error:
            return self._fail(step, self._unprepared(error, started, None))
        if isinstance(outcome, Refused):
            return await self._refuse(outcome)
        return self._fail(step, outcome) if isinstance(outcome, Failure) else await self._keep(step, outcome)

    async def _keep(self, step: SequenceStep, outcome: Receipt | Thought) -> Settled | None:
        """Keep what a step gave, and go on if another follows."""
        output = output_of(outcome)
        spent = outcome.spent if isinstance(outcome, Thought) else None
        try:
            state = self._wording.state(step, output)
        except InvalidInput as error:
            return self._fail(step, self._unprepared(error, outcome.started, spent))
        self._ending.add(attempt_of(outcome, self._number))
        self._ending.state = state or self._ending.state
        self._ending.spent = spent
        self._wording.remember(output)
        if isinstance(outcome, Thought) and is_silent(output):
            self._position += 1
            return self._ending.stay_silent(self._unreached("not reached: there was nothing to say"))
        if self._position == len(self._steps) - 1:
            return self._ending.succeed()
        await self._note(outcome.finished, output, state)
        return None

    async def _note(self, finished: int, output: Any, state: str | None) -> None:
        """Let a step be on disk before the next one begins."""
        ending, position = self._ending, self._position

        def unit(tx: Tx) -> bool:
            return note_step(
                tx,
                self._run,
                position,
                owner=self._means.tools.owner,
                attempts=ending.attempts,
                output=msgspec.json.encode(output).decode(),
                state=state,
                spent=ending.spent,
                started_at=ending.started,
                now=finished,
            )

        if not await self._write(unit):
            raise Lost
        ending.spent = None
        self._asking = None

    async def _send(self, step: Webhook) -> Outcome:
        call = self._wording.call(step)
        number = self._number
        request = call.request(
            run_id=self._run.id if number is None else f"{self._run.id}-{number}",
            attempt=tries_before(self._run, number) + 1,
            slot=self._run.slot,
            now=self._clock.now(),
        )
        return self._wording.masked(call.judge(await self._exchange(request)))

    async def _exchange(self, request: Request) -> Outcome:
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        ticket = self._means.sender.send(request, answer.set_result)
        try:
            return await answer
        except asyncio.CancelledError:
            ticket.cancel()
            raise

    async def _ask(self, step: Llm) -> Thought | Failure | Refused:
        prompt = self._wording.prompt(step)
        limits = step.limits
        self._asking = Questioning(prompt, self._means, seconds=limits.seconds, usd=limits.usd)
        outcome = await self._asking.ask(self._begin)
        if isinstance(outcome, Failure):
            return self._wording.masked_failure(outcome)
        if isinstance(outcome, Thought):
            return msgspec.structs.replace(outcome, output=self._wording.masked_text(outcome.output))
        return outcome

    async def _begin(self, wish: Wish) -> HeldRow | Refused | None:
        position, now = self._position, self._clock.now()
        return await self._write(
            lambda tx: begin_asking(
                tx,
                self._run,
                position,
                wish,
                owner=self._means.tools.owner,
                of_all=self._means.budget,
                in_run=used_in(self._ending.attempts),
                now=now,
            )
        )

    async def _refuse(self, refused: Refused) -> Settled:
        """A budget says no: nothing was spent, and the run ends."""
        if refused.is_mistake:
            now = self._clock.now()
            return self._fail(None, Failure(refused.reason, retryable=False, started=now, finished=now))
        budget = await self._store.read(lambda tx: budget_of(tx, agent_id_of(self._run.action_id)))
        pauses = budget.on_limit == "pause" and self._run.trigger != "manual"
        return self._ending.skip(refused.reason, self._unreached("not reached: no budget"), pauses=pauses)

    def _fail(self, step: SequenceStep | None, failure: Failure) -> Settled:
        """What a failure makes of the run: a retry later, or its end."""
        tried = tries_before(self._run, self._number) + 1
        self._ending.add(attempt_of(failure, self._number))
        self._ending.spent = failure.spent
        retrying = NEVER if step is None else step if isinstance(step, Llm) else step.ready()
        return self._ending.fail(failure, retrying, tried=tried)

    def _unprepared(self, error: InvalidInput, started: int, spent: Spent | None) -> Failure:
        place = "" if error.path is None else f", {error.path}"
        message = f"step {self._position}{place} cannot be prepared: {error.message}"
        if self._number is None:
            message = f"cannot be prepared{place}: {error.message}"
        finished = self._clock.now()
        return Failure(
            self._wording.masked_text(message),
            retryable=False,
            started=started,
            finished=finished,
            spent=spent,
        )

    @property
    def _number(self) -> int | None:
        """Which step of a sequence is under way; None for a run that is one question."""
        return self._position if is_sequence(self._run.definition) else None

    def _unreached(self, why: str) -> list[Attempt]:
        """Say of the steps from here on that they were not reached."""
        if self._number is None:
            return []
        now = self._clock.now()
        later = range(self._position, len(self._steps))
        return [Attempt(started=now, finished=now, step=number, note=why) for number in later]

    async def _write(self, unit: Callable[[Tx], T]) -> T:
        """Write until it is written: what cannot be recorded must not go on."""
        while True:
            try:
                return await self._store.write(unit)
            except Unavailable:
                await asyncio.sleep(RETRY)
