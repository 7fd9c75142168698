"""What the store answers: one record per kind of row, its fields in the order of the queries' columns."""

from typing import Any, NamedTuple


class AgentRow(NamedTuple):
    """An agent, without its actions and inputs."""

    id: str
    name: str
    options: str
    created_at: int
    created_by: str | None
    """The id of the agent whose run created it; None when a person did, or has changed it since."""


class ActionRow(NamedTuple):
    """One entry of an agent's actions."""

    agent_id: str
    id: str
    position: int
    type: str
    definition: str


class DueSchedule(NamedTuple):
    """A schedule that wants a look, with all that its decision needs."""

    id: str
    agent_id: str
    agent: str
    position: int
    definition: str
    slot: int
    state: str
    until: int | None
    remaining: int | None
    skip_run: str | None
    open_runs: int
    in_line: int


class Advance(NamedTuple):
    """Where a schedule moves on to; the fields are the parameters of `advance_schedule`."""

    id: str
    old_slot: int
    slot: int
    next_at: int
    look_at: int
    state: str
    remaining: int | None
    skip_run: str | None
    last_run: str | None


class ScheduleState(NamedTuple):
    """Where a schedule stands."""

    id: str
    slot: int | None
    next_at: int | None
    state: str
    note: str | None
    until: int | None
    remaining: int | None
    last_run: str | None
    skip_run: str | None


class ScheduleRow(NamedTuple):
    """A schedule as people see it, with the action it belongs to."""

    id: str
    agent: str
    position: int
    definition: str
    slot: int | None
    next_at: int | None
    state: str
    note: str | None
    until: int | None
    last_run: str | None


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


class RebootAction(NamedTuple):
    """A trigger that fires at a daemon's start, and how many of its runs are open."""

    action: ActionRow
    agent: str
    state: str
    open_runs: int


class FlowRow(NamedTuple):
    """Where a trigger stands that fires on inputs."""

    moment: int
    """Of its newest run."""
    free_at: int
    """When its throttle is free again."""


class Gathering(NamedTuple):
    """Inputs that wait to be one run."""

    action_id: str
    first_at: int
    due_at: int
    first_id: str
    size: int
    value: str


class DueGathering(NamedTuple):
    """What was gathered for long enough, and by which trigger of which agent."""

    gathering: Gathering
    action: ActionRow
    agent: str


class AnsweredRow(NamedTuple):
    """What became of a post of inputs that carried a key."""

    digest: str
    records: int
    is_done: int
    holder: str
    touched_at: int


class ReceiptRow(NamedTuple):
    """The newest run of an action that ended with an answer."""

    id: str
    state: str
    attempts: str
    finished_at: int


class AlertRow(NamedTuple):
    """What was last said about an action's failures, and how many were held back since."""

    action_id: str
    agent: str
    sent_at: int
    held: int
    payload: str


class Load(NamedTuple):
    """Many agents that were posted together."""

    id: str
    accepted_at: int | None


class LoadAgent(NamedTuple):
    """One of them; the fields are the parameters of `insert_load_agent`."""

    load: str
    number: int
    definition: str


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


class RosterRow(NamedTuple):
    """An agent in a list, and where the list goes on after it."""

    id: str
    name: str
    created_at: int
    updated_at: int
    cursor: str


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


class NodeState(NamedTuple):
    """What a daemon says of itself; the fields are the parameters of `register_node`."""

    id: str
    place: str
    version: str
    started_at: int
    seen_at: int
    expires_at: int | None
    draining: int
    held: int
    seats: int
    rate: int
    ahead: int


class NodeRow(NamedTuple):
    """A daemon as the others see it."""

    id: str
    version: str
    started_at: int
    seen_at: int
    expires_at: int | None
    draining: int
    held: int
    seats: int
    rate: int
    ahead: int


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


Row = tuple[Any, ...]
