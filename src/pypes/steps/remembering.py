"""Remembering: the JSON with templates by which a step replaces what its agent remembers."""

from typing import Any

import msgspec

from pypes.decoding import check_json
from pypes.errors import InvalidInput, MalformedJson
from pypes.template import NAMES, Doubt, check_template, names_in

LARGEST_STATE = 65_536
"""Bytes of what an agent remembers."""
OUTPUT = "output"
"""What the step itself gave: known here alone."""


def check_state(state: msgspec.Raw | msgspec.UnsetType) -> list[Doubt]:
    """Give what is doubtful about a step's `state`; raise `InvalidInput` for what cannot be kept."""
    if isinstance(state, msgspec.UnsetType):
        return []
    try:
        value = msgspec.json.decode(check_json(state))
    except (MalformedJson, msgspec.DecodeError) as error:
        raise InvalidInput(str(error), "$.state") from None
    doubts = check_template(value, "$.state", NAMES | {OUTPUT})
    if "secret" in names_in(value):
        raise InvalidInput("a secret is not remembered: it is looked up when it is needed", "$.state")
    return doubts


def value_of(state: msgspec.Raw | msgspec.UnsetType) -> Any:
    """A step's `state` as JSON; None where there is none."""
    return None if isinstance(state, msgspec.UnsetType) else msgspec.json.decode(state)
