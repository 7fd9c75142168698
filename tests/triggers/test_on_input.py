"""on_input: what may be written, and what is refused with its place."""

import json
from typing import Any

import pytest

from conftest import NOON
from making import webhook
from pypes.clock import SECOND
from pypes.errors import InvalidInput
from pypes.model.action import parse_entry
from pypes.triggers.on_input import OnInput


def on_input(**fields: Any) -> OnInput:
    import msgspec  # noqa: PLC0415 - only here

    text = json.dumps({"type": "on_input", "action": webhook(), **fields}).encode()
    action = parse_entry(msgspec.Raw(text), NOON).action
    assert isinstance(action, OnInput)
    return action


def test_its_policy_spells_every_default_out() -> None:
    trigger = on_input()
    assert trigger.text == "on_input"
    assert (trigger.next_after(0), trigger.has_slots) == (None, False)
    assert trigger.policy() == {
        "when": "true",
        "debounce": None,
        "batch": None,
        "throttle": None,
        "ordered": False,
        "pause_after": None,
    }


def test_its_flows_are_read_as_microseconds() -> None:
    trigger = on_input(debounce={"period": "2s", "timeout": "1m"}, throttle={"limit": 4, "period": "1s"})
    assert (trigger.calm, trigger.patience) == (2 * SECOND, 60 * SECOND)
    assert trigger.throttle is not None
    assert trigger.throttle.apart == SECOND // 4
    assert on_input(batch={"size": 2, "timeout": "3s"}).patience == 3 * SECOND


@pytest.mark.parametrize(
    ("fields", "path", "said"),
    [
        ({"catchup": "all"}, "$.catchup", "on_input has none"),
        ({"overlap": "allow_all"}, "$.overlap", "on_input has none"),
        ({"jitter": "1s"}, "$.jitter", "on_input has none"),
        ({"remaining": 3}, "$.remaining", "on_input has none"),
        ({"when": "input.a ="}, "$.when", "syntax error"),
        ({"debounce": {"period": "0s"}}, "$.debounce.period", "not between"),
        ({"debounce": {"period": "soon"}}, "$.debounce.period", "not a duration"),
        ({"debounce": {"period": "1s", "timeout": "8d"}}, "$.debounce.timeout", "not between"),
        ({"batch": {"size": 0, "timeout": "1s"}}, "$.batch.size", "between 1 and 10000"),
        ({"batch": {"size": 5}}, "$.batch", "`timeout` is missing"),
        ({"batch": {"size": 5, "timeout": "1s"}, "debounce": {"period": "1s"}}, "$.batch", "exclude"),
        ({"throttle": {"limit": 0, "period": "1s"}}, "$.throttle.limit", "between 1 and"),
        ({"throttle": {"limit": 1, "period": "1s", "burst": 0}}, "$.throttle.burst", "between 1 and"),
        ({"throtle": {}}, "$.throtle", "did you mean `throttle`?"),
        ({"action": webhook(payload="{{ x")}, "$.action.payload", "syntax error"),
    ],
)
def test_mistakes_name_their_place(fields: dict[str, Any], path: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as caught:
        on_input(**fields)
    assert caught.value.path == path
