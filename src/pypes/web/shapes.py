"""Shapes: what is stored, as JSON says it. Texts that are JSON already are passed through as they are."""

from typing import Literal, cast

import msgspec

from pypes.instants import format_instant, format_moment
from pypes.model import run as model
from pypes.model.action import UNRECOGNIZED
from pypes.model.action import Action as AnyAction
from pypes.model.options import Options
from pypes.receipt import Spent as Used
from pypes.receipt import Timing, ToolCall
from pypes.store.rows import ActionRow, AgentRow, RunRow
from pypes.store.tx import Tx

Form = Literal["strings", "objects"]
"""How actions are shown: as the original did, or as objects; a label is a string either way."""


class Agent(msgspec.Struct, frozen=True):
    """An agent, as it is answered and as it may be posted."""

    name: str
    inputs: list[msgspec.Raw] = []
    """Any JSON; the stored ones stay when a post leaves this out."""
    actions: list[str | AnyAction] = []
    """Each a string that holds JSON, the JSON object itself, or a label that is never executed."""
    options: Options = Options()


def render_agent(tx: Tx, row: AgentRow, form: Form) -> bytes:
    """Write an agent as compact JSON; `options` only where there are some."""
    inputs = ",".join(tx.inputs_of_agent(row.id))
    actions = ",".join(_action(action, form) for action in tx.actions_of_agent(row.id))
    options = "" if row.options == "{}" else f',"options":{row.options}'
    return f'{{"name":{_quoted(row.name)},"inputs":[{inputs}],"actions":[{actions}]{options}}}'.encode()


def _action(row: ActionRow, form: Form) -> str:
    is_object = form == "objects" and row.type != UNRECOGNIZED and _is_json(row.definition)
    return row.definition if is_object else _quoted(row.definition)


def _is_json(text: str) -> bool:
    """Whether a stored definition still is one: a damaged one is shown as the text that it is."""
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, TypeError):
        return False
    return True


def _quoted(text: str) -> str:
    return msgspec.json.encode(text if isinstance(text, str) else repr(text)).decode()


class Spent(msgspec.Struct, frozen=True):
    """What a model used, as its provider counted it."""

    model: str
    requests: int
    tokens_in: int
    tokens_out: int
    usd: float | None
    """Null when the price is not known."""
    price: str | None
    """Where the price comes from."""
    tools: list[ToolCall]
    """The tools that it called, and with what."""


class Attempt(msgspec.Struct, frozen=True):
    """One try of a run, or of one of its steps."""

    started: str
    finished: str
    status: int | None
    bytes: int | None
    """The answer's length."""
    body: str | None
    """The beginning of the answer."""
    error: str | None
    timing: dict[str, float]
    """Milliseconds of each phase that took place."""
    clipped: bool | msgspec.UnsetType = msgspec.UNSET
    """True when reading stopped before the answer's end, so that it is longer than `bytes`."""
    step: int | msgspec.UnsetType = msgspec.UNSET
    """Which step of a sequence this was."""
    output: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    """What a model answered: a text, or the object that was asked for."""
    spent: Spent | msgspec.UnsetType = msgspec.UNSET
    """What the model used."""
    note: str | msgspec.UnsetType = msgspec.UNSET
    """Why a step was not reached."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the ledger."""

    id: str
    agent: str
    action: int
    type: str
    trigger: str
    slot: str
    effective: str
    """When it was to start: the slot plus its spread."""
    state: model.State
    reason: str | None
    attempt: int
    """The attempt under way, or how many were made."""
    started: str | None
    finished: str | None
    lateness_ms: float | None
    """From `effective` to the start of the first attempt."""
    node: str | None
    attempts: list[Attempt]
    first: str | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="from")
    """With `to` and `count`, where one row stands for adjacent slots that were skipped for one reason."""
    to: str | msgspec.UnsetType = msgspec.UNSET
    count: int | msgspec.UnsetType = msgspec.UNSET
    inputs: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    """What a run is about that inputs gave birth to, oldest first; only where one run is shown."""


_ATTEMPTS = msgspec.json.Decoder(list[model.Attempt])


def run_shape(row: RunRow, now: int) -> Run:
    """Say what a row of the ledger holds."""
    state = _state_now(row, now)
    started = row.started_at
    shape = Run(
        id=row.id,
        agent=row.agent,
        action=row.action,
        type=row.type,
        trigger=row.trigger,
        slot=format_instant(row.slot),
        effective=format_instant(row.effective),
        state=state,
        reason=row.reason,
        attempt=row.attempt + (state == "running"),
        started=_moment(started),
        finished=_moment(row.finished_at),
        lateness_ms=None if started is None else (started - row.effective) / 1000,
        node=row.owner,
        attempts=[_attempt(attempt) for attempt in _ATTEMPTS.decode(row.attempts)],
    )
    if row.slot_to is None:
        return shape
    last = format_instant(row.slot_to)
    return msgspec.structs.replace(shape, first=shape.slot, to=last, count=row.slots)


def attempts_of(row: RunRow) -> list[model.Attempt]:
    """Read the attempts of a run, the first one first."""
    return _ATTEMPTS.decode(row.attempts)


def _state_now(row: RunRow, now: int) -> model.State:
    """A run that was claimed ahead of its moment still waits for it."""
    is_ahead = row.state == "running" and row.due_at is not None and row.due_at > now
    return "waiting" if is_ahead else cast("model.State", row.state)


def _attempt(attempt: model.Attempt) -> Attempt:
    return Attempt(
        started=format_moment(attempt.started),
        finished=format_moment(attempt.finished),
        status=attempt.status,
        bytes=attempt.bytes,
        body=attempt.body,
        error=attempt.error,
        timing=_in_milliseconds(attempt.timing),
        clipped=attempt.clipped or msgspec.UNSET,
        step=msgspec.UNSET if attempt.step is None else attempt.step,
        output=attempt.output,
        spent=_spent(attempt.spent),
        note=attempt.note or msgspec.UNSET,
    )


def _spent(spent: Used | None) -> Spent | msgspec.UnsetType:
    if spent is None:
        return msgspec.UNSET
    return Spent(
        model=spent.model,
        requests=spent.requests,
        tokens_in=spent.tokens_in,
        tokens_out=spent.tokens_out,
        usd=spent.usd,
        price=spent.price,
        tools=list(spent.tools),
    )


def _in_milliseconds(timing: Timing) -> dict[str, float]:
    phases = msgspec.structs.asdict(timing)
    return {phase: micros / 1000 for phase, micros in phases.items() if micros is not None}


def _moment(micros: int | None) -> str | None:
    return None if micros is None else format_moment(micros)
