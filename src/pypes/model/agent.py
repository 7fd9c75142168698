"""Agent: a name, inputs that stream in, actions, and options."""

import re
from collections.abc import Callable, Collection, Iterator
from functools import partial

import msgspec

from pypes.decoding import check_json, decode
from pypes.errors import InvalidInput, MalformedJson
from pypes.model.action import Action, Entry, decode_action, distinguish_twins, label, parse_entry
from pypes.model.options import Options
from pypes.triggers.at import At

LONGEST_NAME = 255
"""Characters."""
MOST_WARNINGS = 20
"""In one answer: more would hide the first."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Agent(msgspec.Struct, frozen=True):
    """An agent as it was posted, parsed into what cannot be wrong."""

    name: str
    entries: tuple[Entry, ...]
    inputs: tuple[str, ...] | None
    """Each one a JSON text; None when the body had no `inputs`, and the stored ones stay."""
    options: Options


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    inputs: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET
    actions: list[msgspec.Raw] = []
    options: Options = Options()


class _Typed(msgspec.Struct):
    type: str


class _OnFailure(msgspec.Struct):
    on_failure: _Typed | None = None


class _TypedOptions(msgspec.Struct):
    """Asks for the `type` of `on_failure`, which with one kind of step nothing else does."""

    options: _OnFailure | None = None


def check_name(name: str) -> str:
    """Return `name` if it can be an agent's: 1 to 255 characters, none of them a control character."""
    if not name.strip():
        raise InvalidInput("an agent needs a name", "$.name")
    if len(name) > LONGEST_NAME:
        raise InvalidInput(f"a name has at most {LONGEST_NAME} characters, this one {len(name)}", "$.name")
    if _CONTROL.search(name):
        raise InvalidInput("a name has no control characters", "$.name")
    return name


def parse_agent(raw: bytes | msgspec.Raw, now: int, known: Collection[str] = ()) -> Agent:
    """Read an agent from its JSON; raise `InvalidInput` or `MalformedJson` for the first mistake.

    `known` are texts that this agent has kept as labels since its import: they may stay.
    """
    return _parse(raw, now, partial(_parse_or_refuse, known=known))


def salvage_agent(raw: bytes | msgspec.Raw, now: int) -> Agent:
    """Read an agent of the original: an action that would be refused is kept as a label."""
    return _parse(raw, now, _parse_or_label)


def _parse(raw: bytes | msgspec.Raw, now: int, parse: Callable[[msgspec.Raw, int, int], Entry]) -> Agent:
    body: _Body = decode(raw, _Body)
    decode(raw, _TypedOptions)
    check_name(body.name)
    body.options.check()
    entries = [parse(entry, index, now) for index, entry in enumerate(body.actions)]
    return Agent(
        name=body.name,
        entries=tuple(distinguish_twins(entries)),
        inputs=None
        if isinstance(body.inputs, msgspec.UnsetType)
        else tuple(_input(raw, index) for index, raw in enumerate(body.inputs)),
        options=body.options,
    )


def _input(raw: msgspec.Raw, index: int) -> str:
    try:
        return check_json(raw).decode()
    except (InvalidInput, MalformedJson) as error:
        place = error if isinstance(error, InvalidInput) else InvalidInput(error.message)
        raise place.under(f"$.inputs[{index}]") from None


def _parse_or_refuse(raw: msgspec.Raw, index: int, now: int, *, known: Collection[str]) -> Entry:
    try:
        return parse_entry(raw, now)
    except (InvalidInput, MalformedJson) as error:
        if known and _text(raw) in known:
            return label(_text(raw))
        place = error if isinstance(error, InvalidInput) else InvalidInput(error.message)
        raise place.under(f"$.actions[{index}]") from None


def _parse_or_label(raw: msgspec.Raw, _index: int, now: int) -> Entry:
    try:
        return parse_entry(raw, now)
    except (InvalidInput, MalformedJson):
        return label(_text(raw))


def _text(raw: msgspec.Raw) -> str:
    given = bytes(raw)
    return str(decode(given, str)) if given.startswith(b'"') else given.decode()


class _Written(msgspec.Struct, frozen=True, omit_defaults=True):
    name: str
    entries: tuple[tuple[str, str, bool], ...]
    """Of each its text, its identity, and whether it is a label."""
    options: Options
    inputs: tuple[str, ...] | None = None


def write_agent(agent: Agent) -> str:
    """Give an agent as a text from which `read_agent` makes the same one, without checking it again."""
    entries = tuple((entry.text, entry.identity, entry.action is None) for entry in agent.entries)
    return msgspec.json.encode(_Written(agent.name, entries, agent.options, agent.inputs)).decode()


def read_agent(text: str) -> Agent:
    """Read what `write_agent` wrote."""
    written = msgspec.json.decode(text, type=_Written)
    entries = tuple(
        Entry(words, None if is_label else decode_action(words), identity)
        for words, identity, is_label in written.entries
    )
    return Agent(written.name, entries, written.inputs, written.options)


def warnings_about(agents: list[Agent], now: int) -> list[str]:
    """What is accepted and may still not be what was meant: moments that are past, names that nobody has."""
    return [
        f"agent `{agent.name}`, {path}: {sentence}"
        for agent in agents
        for path, sentence in doubts_about(agent, now)
    ][:MOST_WARNINGS]


def doubts_about(agent: Agent, now: int) -> Iterator[tuple[str, str]]:
    """The same of one agent: each place, and a sentence about it."""
    for index, entry in enumerate(agent.entries):
        if entry.action is not None:
            for path, sentence in _doubts_of(entry.action, now):
                yield f"$.actions[{index}]{path}", sentence
    if agent.options.on_failure is not None:
        for doubt in agent.options.on_failure.doubts():
            yield f"$.options.on_failure{doubt.path.removeprefix('$')}", doubt.sentence


def _doubts_of(action: Action, now: int) -> Iterator[tuple[str, str]]:
    if isinstance(action, At) and action.missed_when_saved(now) is not None:
        yield ".time", f"{action.time} is past: it will not run"
    for doubt in action.doubts():
        yield doubt.path.removeprefix("$"), doubt.sentence
