"""Ending: what a run that is done step by step has come to, and how it is settled."""

from typing import Literal

from msgspec import structs

from pypes.model.run import Attempt, Claimed, Closing, Retrying, Settled, State, append_attempt, next_state
from pypes.model.stepping import summary_of
from pypes.receipt import Failure, Spent

Why = Literal["cancelled", "stopped"]
"""Why a run under way is given up."""


class Never:
    """A failure after which nothing is tried again."""

    attempts = 1

    def retry_delay(self, _failure: Failure, *, attempt: int, spread: float) -> int:  # noqa: ARG002 - as others
        """There is no next attempt to wait for."""
        return 0


NEVER = Never()


class Ending:
    """Gathers what was done; whichever way the run ends, all of it is written together."""

    def __init__(self, run: Claimed, *, started: int) -> None:
        self._run = run
        self.started = started
        self.attempts = run.attempts
        """JSON, the earlier ones first."""
        self.state: str | None = None
        """What the agent remembers if the run succeeds; None leaves it as it is."""
        self.spent: Spent | None = None
        """What the question under way has used, once that is known."""
        self._finished = started

    def add(self, attempt: Attempt) -> None:
        """Add how a step ended."""
        self.attempts = append_attempt(self.attempts, attempt)
        self._finished = attempt.finished

    def succeed(self) -> Settled:
        """All steps are done."""
        return self._settled("succeeded", None, closing=Closing(self.spent, self.state))

    def stay_silent(self, unreached: list[Attempt]) -> Settled:
        """There was nothing to say: a success as well."""
        for attempt in unreached:
            self.add(attempt)
        return self._settled("succeeded", "silent", closing=Closing(self.spent, self.state))

    def skip(self, reason: str, unreached: list[Attempt], *, pauses: bool) -> Settled:
        """A budget does not allow the next step."""
        for attempt in unreached:
            self.add(attempt)
        note = f"paused itself: {reason}" if pauses else None
        return self._settled("skipped", reason, closing=Closing(pauses=note))

    def fail(self, failure: Failure, step: Retrying, *, tried: int) -> Settled:
        """A step failed for the `tried`th time: the run is tried again later, or is over."""
        state, reason, due_at = next_state(structs.replace(self._run, attempt=tried), failure, step)
        return self._settled(state, reason, due_at=due_at, closing=Closing(self.spent))

    def _settled(
        self, state: State, reason: str | None, *, closing: Closing, due_at: int | None = None
    ) -> Settled:
        run = self._run
        summary = summary_of(self.attempts, definition=run.definition, is_silent=reason == "silent")
        return Settled(
            run=run,
            state=state,
            reason=reason,
            due_at=run.due_at if due_at is None else due_at,
            attempts=self.attempts,
            started=self.started,
            finished=None if state == "waiting" else self._finished,
            closing=closing,
            summary=summary,
        )
