"""What the ledger answers, one record per kind of row; steps and what models have used among them."""

from typing import NamedTuple


class NewRun(NamedTuple):
    """A run that is born; the fields are the parameters of `insert_run`."""

    id: str
    agent: str
    action_id: str
    action: int
    type: str
    trigger: str
    slot: int
    effective: int
    state: str
    due_at: int | None
    owner: str | None
    payload: str | None = None


class NewSkip(NamedTuple):
    """Slots that will not run; the fields are the parameters of `insert_skip`."""

    id: str
    agent: str
    action_id: str
    action: int
    type: str
    trigger: str
    slot: int
    slot_to: int | None
    slots: int
    reason: str
    now: int


class LongerSkip(NamedTuple):
    """A skipped row that covers more slots; the fields are the parameters of `extend_skip`."""

    id: str
    slot_to: int
    slots: int
    reason: str
    now: int


class Settlement(NamedTuple):
    """How an attempt ended; the fields are the parameters of `settle_run`."""

    state: str
    reason: str | None
    due_at: int
    attempt: int
    attempts: str
    started_at: int
    finished_at: int | None
    id: str
    owner: str


class DueRun(NamedTuple):
    """A waiting run that is due."""

    id: str
    agent: str
    action_id: str
    action: int
    definition: str
    trigger: str
    slot: int
    due_at: int
    attempt: int
    attempts: str
    crashes: int
    payload: str | None
    next_at: int | None


class ReceiptRow(NamedTuple):
    """The newest run of an action that ended with an answer."""

    id: str
    state: str
    attempts: str
    finished_at: int


class OpenRun(NamedTuple):
    """A run that is waiting or running; `due_at` is None while it waits in line."""

    id: str
    state: str
    due_at: int | None


class RunRow(NamedTuple):
    """One row of the ledger."""

    id: str
    agent: str
    action: int
    type: str
    trigger: str
    slot: int
    effective: int
    slot_to: int | None
    slots: int
    state: str
    reason: str | None
    due_at: int | None
    owner: str | None
    attempt: int
    started_at: int | None
    finished_at: int | None
    attempts: str


class Ended(NamedTuple):
    """A run that is over."""

    id: str
    state: str
    attempt: int
    finished_at: int


class Begun(NamedTuple):
    """A run that is under way."""

    id: str
    attempt: int


class RecentRun(NamedTuple):
    """How a run went, in figures."""

    id: str
    state: str
    slots: int
    attempt: int
    effective: int
    started_at: int | None
    finished_at: int | None


class Slots(NamedTuple):
    """How many rows and slots of a stretch of time came to one state, the oldest and the newest of them."""

    state: str
    rows: int
    slots: int
    first: str
    last: str


class RequestRow(NamedTuple):
    """The action that a run was born of, and what it sends in place of the action's own payload."""

    agent_id: str
    id: str
    position: int
    type: str
    definition: str
    payload: str | None
    slot: int
    attempt: int


class StepRow(NamedTuple):
    """A step of a run; `output` is None while it has not succeeded."""

    position: int
    began_at: int
    output: str | None
    state: str | None
    words: str | None


class HeldRow(NamedTuple):
    """What a step holds of the budgets of a day."""

    day: int
    tokens: int
    nano_usd: int


class SpentRow(NamedTuple):
    """What was used in a day, and by whom; `agent` is None for all together, and for one that is gone."""

    scope: str
    agent: str | None
    day: int
    tokens: int
    nano_usd: int
    held_tokens: int
    held_nano_usd: int


class SpendingRow(NamedTuple):
    """What was used in a day, and what is held for questions under way."""

    tokens: int
    nano_usd: int
    held_tokens: int
    held_nano_usd: int
