"""Patching: a JSON merge patch (RFC 7396) on an agent; what it does not name stays as it is.

Lists are replaced whole, so that only `options` is merged member by member. A member that is null is removed:
`inputs` and `actions` become empty, an option gets its default.
"""

from typing import Any

import msgspec

from pypes.decoding import decode
from pypes.errors import InvalidInput
from pypes.model.action import UNRECOGNIZED, Entry, decode_action
from pypes.model.agent import Agent, parse_agent
from pypes.model.options import Options
from pypes.store.rows import ActionRow
from pypes.store.tx import Tx
from pypes.web.by_runs import save_for
from pypes.web.finding import find_agent

Given = list[msgspec.Raw] | msgspec.UnsetType | None


class Patch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The members of an agent that are to change."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    """May be repeated, not changed."""
    inputs: Given = msgspec.UNSET
    actions: Given = msgspec.UNSET
    options: dict[str, Any] | msgspec.UnsetType | None = msgspec.UNSET


def labels_of(tx: Tx, name: str) -> frozenset[str]:
    """The labels that an agent has: what an import has kept may be sent back as it was answered."""
    row = tx.agent_by_name(name)
    actions = tx.actions_of_agent(row.id) if row else []
    return frozenset(action.definition for action in actions if action.type == UNRECOGNIZED)


def read_patch(body: bytes | msgspec.Raw, name: str, now: int, known: frozenset[str]) -> tuple[Patch, Agent]:
    """Read a patch, and the agent that its inputs and actions alone would make."""
    patch: Patch = decode(body, Patch)
    if patch.name not in (msgspec.UNSET, name):
        raise InvalidInput("an agent's name cannot be changed", "$.name")
    lists = {"inputs": patch.inputs, "actions": patch.actions}
    given = {key: value or [] for key, value in lists.items() if value is not msgspec.UNSET}
    return patch, parse_agent(msgspec.json.encode({"name": name} | given), now, known)


def save_patch(tx: Tx, patch: Patch, agent: Agent, run: str | None, now: int) -> None:
    """Save an agent with what the patch names replaced, for a run or a person; or raise `NotFound`."""
    tx.agent_to_change(agent.name)  # what is kept must not change meanwhile
    row = find_agent(tx, agent.name)
    if patch.actions is msgspec.UNSET:
        kept = tuple(map(_as_saved, tx.actions_of_agent(row.id)))
        agent = msgspec.structs.replace(agent, entries=kept)
    options = _options(_patched_options(row.options, patch))
    save_for(tx, run, [msgspec.structs.replace(agent, options=options)], now)


def merge(target: Any, patch: Any) -> Any:
    """Apply a merge patch, as RFC 7396 §2 puts it."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


def _as_saved(row: ActionRow) -> Entry:
    """Take an action over as it was checked when it was saved: one that is finished by now is no mistake."""
    action = None if row.type == UNRECOGNIZED else decode_action(row.definition)
    return Entry(text=row.definition, action=action, identity=row.id.removeprefix(row.agent_id))


def _patched_options(stored: str, patch: Patch) -> Any:
    if patch.options is None:
        return {}
    options = msgspec.json.decode(stored)
    return options if patch.options is msgspec.UNSET else merge(options, patch.options)


def _options(merged: Any) -> Options:
    try:
        options: Options = decode(msgspec.json.encode(merged), Options)
    except InvalidInput as error:
        raise error.under("$.options") from None
    options.check()
    return options
