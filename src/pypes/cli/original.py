"""The original's store: `agents.db`, a dump of the Rust crate pickledb 0.5 in its JSON form.

The file is one JSON array of two objects: values by key, and lists by name (the original used none).
Each value is a *string* that holds the JSON of an agent; keys are the agents' names, in no order::

    [{"echo":"{\\"name\\":\\"echo\\",\\"inputs\\":[],\\"actions\\":[]}"},{}]

(Source: `serialize_db` in pickledb's src/serialization.rs.)
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

from pypes.errors import InvalidInput, NotFound


class Kept(NamedTuple):
    """What the file holds: agents, sorted by name, and keys that hold none, with the reason."""

    agents: list[dict[str, Any]]
    dropped: dict[str, str]


def read_original(path: Path) -> Kept:
    """Read a dump; raise `InvalidInput` when it is not one. The file is never written."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFound(f"there is no {path}") from None
    except UnicodeDecodeError:
        raise InvalidInput(f"{path} is not an agents.db of the original: it is not UTF-8") from None
    values = _values(path, text)
    agents, dropped = [], {}
    for key in sorted(values):
        agent = _agent(values[key])
        if isinstance(agent, str):
            dropped[key] = agent
        else:
            agents.append(agent)
    return Kept(agents, dropped)


def _values(path: Path, text: str) -> dict[str, str]:
    try:
        values, _lists = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        values = None
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise InvalidInput(f"{path} is not an agents.db of the original: expected [{{name: agent}}, {{}}]")
    return values


def _agent(text: str) -> dict[str, Any] | str:
    """An agent, or why there is none."""
    try:
        agent = json.loads(text)
    except (ValueError, RecursionError):
        return "its value is not JSON"
    if not isinstance(agent, dict) or not isinstance(agent.get("name"), str):
        return "its value is not an agent"
    if not isinstance(agent.get("inputs"), list) or not isinstance(agent.get("actions"), list):
        return "its inputs or actions are not a list"
    return {key: agent[key] for key in ("name", "inputs", "actions")}
