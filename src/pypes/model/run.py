"""Run: the ledger's row for one slot, input or manual request, and how it is settled.

Which state follows on which, and which statement lets it: ARCHITECTURE.md.
"""

from hashlib import blake2b
from typing import Literal, Protocol

import msgspec

from pypes.receipt import Failure, Outcome, Receipt, Spent, Timing
from pypes.steps.call import Call

Kind = Literal["timed", "backfill", "input", "manual"]
State = Literal["waiting", "running", "succeeded", "failed", "cancelled", "skipped", "unknown"]

MOST_CRASHES = 3
"""A run that was under way in this many crashes is failed: it may be what kills the daemon …"""
MOST_UNSENT_CRASHES = 25
"""… and so is one that was due in so many, though nobody noted that it was ever sent."""


def run_id(moment: int, action_id: str, kind: Kind, salt: str = "") -> str:
    """Make a run's id: its moment in microseconds as hex, then a digest of what runs and why.

    Ids sort by time and inserts append; the primary key makes a slot happen once, whoever tries.
    `salt` is the input's id or a random value for runs that no slot names.
    """
    digest = blake2b(f"{action_id}|{kind}|{salt}".encode(), digest_size=8).hexdigest()
    return f"{moment:014x}{digest}"


class Attempt(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One try of a run, as the ledger keeps it. Moments are microseconds UTC."""

    started: int
    finished: int
    status: int | None = None
    bytes: int | None = None
    clipped: bool = False
    body: str | None = None
    error: str | None = None
    timing: Timing = Timing()
    step: int | None = None
    """Which step of a sequence this was."""
    output: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    """What a model answered, JSON."""
    spent: Spent | None = None
    """What a model used."""
    note: str | None = None
    """Why a step was not reached."""


class Retrying(Protocol):
    """What says how often, and how patiently, a step is tried again."""

    @property
    def attempts(self) -> int:
        """Attempts in all."""

    def retry_delay(self, failure: Failure, *, attempt: int, spread: float) -> int:
        """Microseconds to wait after `attempt` failed."""


class Claimed(msgspec.Struct, frozen=True, gc=False):
    """A run that this daemon holds: all that is needed to send it and to settle it."""

    id: str
    agent: str
    action_id: str
    action: int
    definition: str
    trigger: str
    slot: int
    due_at: int
    attempt: int
    """The attempt about to be made, 1 for the first."""
    attempts: str
    """The earlier attempts, a JSON array of `Attempt`."""
    next_at: int | None
    """The schedule's next slot when this run was claimed: a retry never goes past it."""
    payload: str | None = None
    """JSON sent in place of the step's own."""
    single: bool = False
    """True for runs that make one attempt only, as `/run` and `--fire` do."""


class Closing(msgspec.Struct, frozen=True):
    """What else is written when a run that was done step by step is settled."""

    spent: Spent | None = None
    """What the question under way has used; None when that cannot be known: what was held counts as spent."""
    state: str | None = None
    """JSON that replaces the agent's state; None leaves it."""
    pauses: str | None = None
    """Why the action pauses itself, if it does."""


class Settled(msgspec.Struct, frozen=True, gc=False):
    """What the recorder writes of a run."""

    run: Claimed
    state: State
    reason: str | None
    due_at: int
    """When a run that goes back to `waiting` is due again."""
    attempts: str
    started: int
    finished: int | None
    receipt: Receipt | None = None
    """What was answered, if anything was."""
    closing: Closing | None = None
    """Of a run that was done step by step."""
    summary: str | None = None
    """What the log says of such a run."""


def settle(run: Claimed, outcome: Outcome, call: Call) -> Settled:
    """Turn what the outside said into the run's next state: matched here and nowhere else."""
    outcome = call.judge(outcome)
    receipt = outcome.receipt if isinstance(outcome, Failure) else outcome
    attempt = Attempt(
        started=outcome.started,
        finished=outcome.finished,
        status=receipt.status if receipt else None,
        bytes=receipt.bytes if receipt else None,
        clipped=receipt.clipped if receipt else False,
        body=receipt.body if receipt else None,
        error=outcome.message if isinstance(outcome, Failure) else None,
        timing=outcome.timing,
    )
    state, reason, due_at = next_state(run, outcome, call)
    return Settled(
        run=run,
        state=state,
        reason=reason,
        due_at=due_at,
        attempts=append_attempt(run.attempts, attempt),
        started=outcome.started,
        finished=None if state == "waiting" else outcome.finished,
        receipt=receipt,
    )


def next_state(run: Claimed, outcome: Outcome, call: Retrying) -> tuple[State, str | None, int]:
    """What a run is after this outcome, the reason, and when it is due again if it waits for a retry."""
    if isinstance(outcome, Failure) and (outcome.is_cancelled or outcome.is_unknown):
        return "cancelled" if outcome.is_cancelled else "unknown", outcome.message, run.due_at
    if not isinstance(outcome, Failure):
        return "succeeded", None, run.due_at
    if outcome.retryable and not run.single and run.attempt < call.attempts:
        spread = blake2b(f"{run.id}/{run.attempt}".encode(), digest_size=2).digest()
        delay = call.retry_delay(outcome, attempt=run.attempt, spread=int.from_bytes(spread) / 65535)
        due_at = outcome.finished + delay
        if run.next_at is None or due_at < run.next_at:
            return "waiting", outcome.message, due_at
    return "failed", outcome.message, run.due_at


def append_attempt(attempts: str, attempt: Attempt) -> str:
    """Append to a JSON array without reading what is in it."""
    text = msgspec.json.encode(attempt).decode()
    return f"[{text}]" if attempts == "[]" else f"{attempts[:-1]},{text}]"
