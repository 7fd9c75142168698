"""Shapes: what is stored, as JSON says it. Texts that are JSON already are passed through as they are."""

from typing import Literal

import msgspec

from pypes.model.action import UNRECOGNIZED
from pypes.model.action import Action as AnyAction
from pypes.model.agent import Options
from pypes.store.rows import ActionRow, AgentRow
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
    is_object = form == "objects" and row.type != UNRECOGNIZED
    return row.definition if is_object else _quoted(row.definition)


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()
