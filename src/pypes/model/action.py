"""What is written in an agent's `actions`: a trigger, a step, or a label that is kept but never executed."""

from functools import lru_cache
from hashlib import blake2b

import msgspec

from pypes import cron
from pypes.decoding import check_json, decode
from pypes.errors import InvalidInput, PypesError
from pypes.steps import Step
from pypes.triggers import TimedTrigger, Trigger
from pypes.triggers.cron import Cron
from pypes.triggers.reboot import Reboot
from pypes.triggers.timed import Timed

Action = Step | Trigger

UNRECOGNIZED = "unrecognized"
ON_FAILURE = "onfailure---"
"""Stands where an identity does in the id of the hidden action that an agent's `on_failure` is."""
IDENTITY_LENGTH = 12
MOST_REMEMBERED = 32_768
"""Definitions that are kept decoded, about 3 KB each: beyond so many in turn, each fire decodes its own."""
TIMED_TYPES = frozenset({"cron", "every", "at", "reboot"})
TRIGGER_TYPES = TIMED_TYPES | {"on_input"}


class Entry(msgspec.Struct, frozen=True):
    """One entry of `actions`: its text as it was typed, and what it says."""

    text: str
    action: Action | None
    """None for a label."""
    identity: str
    """Digest of the action's `id`, else of its content; the same words always give the same identity."""

    @property
    def type(self) -> str:
        """The discriminator: `webhook`, `cron` …, or `unrecognized`."""
        return UNRECOGNIZED if self.action is None else type_of(self.action)


def type_of(action: Action) -> str:
    """The word that stands in `type`."""
    return str(action.__struct_config__.tag)


def agent_id_of(action_id: str) -> str:
    """The agent that an action belongs, or belonged, to: its id begins with the agent's."""
    return action_id[:-IDENTITY_LENGTH]


def step_of(action: Action) -> Step:
    """What is done: a trigger's wrapped step, or the step itself."""
    return action.action if isinstance(action, Timed) else action


def parse_entry(raw: msgspec.Raw, now: int) -> Entry:
    """Read one entry: a string that holds JSON, the JSON object itself, or a label.

    Raises `InvalidInput` or `MalformedJson`; the place is relative to the entry.
    """
    text = _text_of(bytes(raw)).replace("\x00", "\ufffd")  # NUL: PostgreSQL cannot store it
    if not text.lstrip().startswith("{"):
        return label(text)
    check_json(text)
    action = _read(text)
    if isinstance(action, Timed):
        action.check(now)
    else:
        action.check()
    return Entry(text=text, action=action, identity=_identity(action, text))


def label(text: str) -> Entry:
    """Keep a text that is not an action."""
    return Entry(text=text, action=None, identity=_digest(f"label:{text}"))


def _text_of(raw: bytes) -> str:
    if raw.startswith(b"{"):
        return check_json(raw).decode()
    try:
        return str(decode(raw, str))
    except InvalidInput:
        raise InvalidInput("an action is an object, or a string that holds one") from None


@lru_cache(maxsize=MOST_REMEMBERED)
def decode_action(text: str) -> Action:
    """Read an action that was checked when it was saved; shared by all who ask for the same text."""
    return _read(text)


def decode_trigger(text: str) -> TimedTrigger:
    """Read a timed trigger that was checked when it was saved."""
    action = decode_action(text)
    if not isinstance(action, Timed):
        raise TypeError(f"not a timed trigger: {text}")
    return action


@lru_cache(maxsize=MOST_REMEMBERED)
def readable_trigger(text: str) -> TimedTrigger | None:
    """Read a stored text; None when it is no timed trigger, or its slots cannot be told any more."""
    try:
        trigger = decode_trigger(text)
        trigger.next_after(0)
    except (PypesError, TypeError):
        return None
    return trigger


def _read(text: str) -> Action:
    """Decode an action; cron `@reboot` is another way to write the trigger of that name."""
    action: Action = decode(text, Action)
    if isinstance(action, Cron) and cron.is_reboot(action.expression):
        return Reboot(**{field: getattr(action, field) for field in Reboot.__struct_fields__})
    return action


def _identity(action: Action, text: str) -> str:
    if action.id is not None:
        return _digest(f"id:{action.id}")
    return _digest(msgspec.json.encode(msgspec.json.decode(text), order="sorted").decode())


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=IDENTITY_LENGTH // 2).hexdigest()


def distinguish_twins(entries: list[Entry]) -> list[Entry]:
    """Give each of several entries of one identity its own, by order; an `id` given twice is refused."""
    seen: dict[str, int] = {}
    distinct = []
    for index, entry in enumerate(entries):
        count = seen[entry.identity] = seen.get(entry.identity, 0) + 1
        if count > 1 and entry.action is not None and entry.action.id is not None:
            raise InvalidInput(f"the id `{entry.action.id}` is given twice", f"$.actions[{index}].id")
        identity = entry.identity if count == 1 else _digest(f"{entry.identity}#{count}")
        distinct.append(msgspec.structs.replace(entry, identity=identity))
    return distinct
