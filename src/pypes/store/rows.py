"""What the store answers, one record per kind of row, its fields in the order of the queries' columns.

Here all but the ledger: that is `run_rows.py`.
"""

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
    has_hook: int
    """1 when its agent has an `on_failure` to tell."""


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


class RosterRow(NamedTuple):
    """An agent in a list, and where the list goes on after it."""

    id: str
    name: str
    created_at: int
    updated_at: int
    cursor: str


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


Row = tuple[Any, ...]
