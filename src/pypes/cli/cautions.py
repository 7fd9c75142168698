"""What is acceptable and may still not be what was meant: `check` points it out."""

import json
import re
from collections.abc import Iterator
from typing import Any

from pypes import cron
from pypes.errors import InvalidInput
from pypes.model.action import Entry
from pypes.model.agent import Agent, doubts_about
from pypes.secrets import Secrets
from pypes.steps.headers import is_secret
from pypes.template import references_in
from pypes.triggers.cron import Cron
from pypes.url import masked

_SECRET_FIELD = re.compile(r"\.(?:secret|api_key)(?:\[\d+\])?$")
"""Fields that name where a secret lies."""
_REFERENCE = "secret("
"""How a value says that it is looked up when it is needed."""

_LITERAL = "this looks like a secret: it is stored and answered as it was typed; better name where it lies"

Caution = tuple[str, str]
"""A place in the agent, and a sentence about it."""


def cautions_of(agent: Agent, now: int) -> Iterator[Caution]:
    """Point out labels, literal secrets, doubtful templates, and what is surprising about expressions."""
    for index, entry in enumerate(agent.entries):
        place = f"$.actions[{index}]"
        if entry.action is None:
            yield place, f"`{entry.text}` is a label: it is kept and never executed"
            continue
        for path, sentence in _of_entry(entry, now):
            yield place + path, sentence
    yield from doubts_about(agent, now)


def unreadable_secrets(agent: Agent, secrets: Secrets) -> Iterator[Caution]:
    """Point out files of secrets that are named and cannot be read; variables are the daemon's own matter."""
    for index, entry in enumerate(agent.entries):
        if entry.action is None:
            continue
        for path, text in _strings("", json.loads(entry.text)):
            for sentence in filter(
                None, (_why_unreadable(secrets, each) for each in _references(path, text))
            ):
                yield f"$.actions[{index}]{path}", sentence


def _references(path: str, text: str) -> Iterator[str]:
    yield from (reference for _, reference in references_in(text))
    if _SECRET_FIELD.search(path):
        yield text


def _why_unreadable(secrets: Secrets, reference: str) -> str | None:
    try:
        if reference.startswith("file:"):
            secrets.read(reference)
    except InvalidInput as error:
        return error.message
    return None


def _of_entry(entry: Entry, now: int) -> Iterator[Caution]:
    if isinstance(entry.action, Cron):
        for warning in cron.warnings(entry.action.timetable, now):
            yield ".expression", warning
    for path, value in _strings("", json.loads(entry.text)):
        if _is_literal_secret(path, value):
            yield path, f"{_LITERAL}, e.g. {{{{ secret('file:NAME') }}}}"


def _is_literal_secret(path: str, value: str) -> bool:
    if _REFERENCE in value:
        return False
    if path.endswith(".url"):
        return masked(value) != value
    _, is_header, name = path.rpartition(".headers.")
    return bool(is_header and is_secret(name))


def _strings(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """Every string in a JSON value, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, member in value.items():
            yield from _strings(f"{path}.{key}", member)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _strings(f"{path}[{index}]", member)
