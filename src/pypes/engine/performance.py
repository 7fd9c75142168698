"""Performance: one run that is done step by step; what each step gave is on disk before the next begins.

A run that is taken again, after a crash or a failure, goes on with the step that was not recorded. A model
that had been asked is not asked again by itself: whether it has cost something cannot be known, and the run
ends as unknown.
"""

import asyncio
from typing import Any

import msgspec

from pypes.engine.doing import Doing, patiently
from pypes.engine.ending import NEVER, Ending, Why
from pypes.engine.means import Means
from pypes.engine.questioning import MAY_HAVE_COST, Lost
from pypes.errors import InvalidInput, PypesError
from pypes.model.action import agent_id_of
from pypes.model.budget import Refused
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
    words_of,
)
from pypes.receipt import Failure, Receipt, Spent, Thought
from pypes.secrets import Revealed
from pypes.steps.llm import Llm
from pypes.steps.rendering import ready
from pypes.steps.sequence import SequenceStep
from pypes.steps.wording import Wording
from pypes.store.budgeting import payer_of
from pypes.store.rows import StepRow
from pypes.store.stepping import note_step, progress_of
from pypes.store.tx import Tx


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
        self._doing: Doing | None = None

    async def perform(self) -> Settled | None:
        """Do the run, as far as it goes; None when it is no longer held here."""
        self._steps = steps_of(self._run.definition)
        names, now = names_of_steps(self._run.definition), self._ending.started
        progress = await patiently(
            self._store.read, lambda tx: progress_of(tx, self._run, names=names, now=now)
        )
        if progress.seen is not None and not progress.steps:
            seen = progress.seen
            await patiently(self._store.write, lambda tx: tx.mark_seen([(self._run.id, seen)]))
        self._wording = Wording(progress.context, Revealed(self._means.secrets))
        self._doing = doing = Doing(self._run, self._means, self._wording, started=now)
        if (begun := next((row for row in progress.steps if row.output is None), None)) is not None:
            return self._found_open(begun)
        try:
            return await self._go_through(doing, {row.position: row for row in progress.steps})
        except Lost:
            return None

    async def _go_through(self, doing: Doing, known: dict[int, StepRow]) -> Settled:
        """Do step after step; what one gave before is used again, as long as it reads the same."""
        for position, step in enumerate(self._steps):
            self._position, row = position, known.get(position)
            if row is not None and row.words == words_of(step):
                self._recall(row)
                continue
            known.clear()  # all behind a step that is done anew are done anew
            if (settled := await self._do(doing, step)) is not None:
                return settled
        return self._ending.succeed()

    def given_up(self, why: Why) -> Settled | None:
        """The run was called off, or the daemon stops; None when it is taken again, here or elsewhere."""
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
        return self._doing is not None and self._doing.is_asked

    def _found_open(self, row: StepRow) -> Settled:
        """A model had been asked, and nobody knows what came of it."""
        self._position, now = row.position, self._clock.now()
        message = f"the daemon died while the model was asked: {MAY_HAVE_COST}"
        failure = Failure(message, retryable=False, started=row.began_at, finished=now, is_unknown=True)
        return self._fail(None, failure)

    def _recall(self, row: StepRow) -> None:
        """Use again what a step gave before."""
        self._wording.remember(msgspec.json.decode(row.output or "null"))
        self._ending.state = row.state or self._ending.state

    async def _do(self, doing: Doing, step: SequenceStep) -> Settled | None:
        """Do one step; None when the next one follows."""
        started = self._clock.now()
        try:
            if not await asyncio.to_thread(self._wording.wants, step):
                return self._ending.stay_silent(self._unreached("not reached: its condition is false"))
            outcome = await self._outcome(doing, step)
        except InvalidInput as error:
            return self._fail(step, self._unprepared(error, started, None))
        if isinstance(outcome, Refused):
            return await self._refuse(outcome)
        if isinstance(outcome, Failure):
            return self._fail(step, outcome)
        return await self._keep(doing, step, outcome)

    async def _outcome(self, doing: Doing, step: SequenceStep) -> Receipt | Thought | Failure | Refused:
        if isinstance(step, Llm):
            return await doing.ask(step, self._position, used_in(self._ending.attempts))
        return await doing.send(step, self._number)

    async def _keep(self, doing: Doing, step: SequenceStep, outcome: Receipt | Thought) -> Settled | None:
        """Keep what a step gave, and go on if another follows."""
        output = output_of(outcome)
        spent = outcome.spent if isinstance(outcome, Thought) else None
        try:
            state = await asyncio.to_thread(self._wording.state, step, output)
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
        await self._note(doing, outcome.finished, output, state)
        return None

    async def _note(self, doing: Doing, finished: int, output: Any, state: str | None) -> None:
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
                words=words_of(self._steps[position]),
                spent=ending.spent,
                started_at=ending.started,
                now=finished,
            )

        if not await patiently(self._store.write, unit):
            raise Lost
        ending.spent = None
        doing.is_written()

    async def _refuse(self, refused: Refused) -> Settled:
        """A budget says no: nothing was spent, and the run ends."""
        if refused.is_mistake:
            now = self._clock.now()
            return self._fail(None, Failure(refused.reason, retryable=False, started=now, finished=now))
        agent_id = agent_id_of(self._run.action_id)
        _, budget = await patiently(self._store.read, lambda tx: payer_of(tx, agent_id))
        pauses = budget.on_limit == "pause" and self._run.trigger != "manual" and not refused.is_passing
        return self._ending.skip(refused.reason, self._unreached("not reached: no budget"), pauses=pauses)

    def _fail(self, step: SequenceStep | None, failure: Failure) -> Settled:
        """What a failure makes of the run: a retry later, or its end."""
        tried = tries_before(self._run, self._number) + 1
        self._ending.add(attempt_of(failure, self._number))
        self._ending.spent = failure.spent
        retrying = NEVER if step is None else step if isinstance(step, Llm) else ready(step)
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
