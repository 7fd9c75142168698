"""Sequences as they are written: what is refused when it is saved, with the place of the mistake."""

from typing import Any

import pytest

from conftest import NOON
from making import agent, cron, every, webhook
from pypes.errors import InvalidInput
from pypes.model.agent import doubts_about
from pypes.steps.sequence import Sequence


def sequence(*steps: Any, **fields: Any) -> dict[str, Any]:
    return {"type": "sequence", "steps": steps, **fields}


def test_steps_may_have_conditions_and_leave_a_state() -> None:
    steps = sequence(webhook(state={"page": "{{ output.body }}"}), webhook(when="previous.status == 200"))
    action = agent("a", steps).entries[0].action
    assert isinstance(action, Sequence)
    assert action.target == "2 steps"


@pytest.mark.parametrize(
    ("action", "path", "sentence"),
    [
        (sequence(), "$.steps", "1 to 50 steps"),
        (sequence(*[webhook()] * 51), "$.steps", "1 to 50 steps"),
        (sequence(webhook(), webhook(url="x")), "$.steps[1].url", "http://"),
        (sequence(webhook(when="1 +")), "$.steps[0].when", ""),
        (sequence(webhook(state="{{ output + }}")), "$.steps[0].state", ""),
        (sequence(webhook(state="{{ secret('file:x') }}")), "$.steps[0].state", "not remembered"),
        (sequence(sequence(webhook())), "$.steps[0].type", "`sequence` is not a type known here"),
        (sequence(cron()), "$.steps[0].type", "`cron` is not a type known here"),
        (sequence({"url": "http://x"}), "$.steps[0]", "`type` is missing"),
        (sequence(webhook(tiemout="1s")), "$.steps[0].tiemout", "did you mean `timeout`?"),
        (webhook(when="true"), "$.when", "on a step of a sequence"),
        (webhook(state={}), "$.state", "on a step of a sequence"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_place(action: Any, path: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        agent("a", action)
    assert caught.value.path == f"$.actions[0]{path.removeprefix('$')}"
    assert sentence in caught.value.message
    with pytest.raises(InvalidInput) as caught:
        agent("a", every("1m", action=action))
    assert caught.value.path == f"$.actions[0].action{path.removeprefix('$')}"


def test_names_that_mean_nothing_are_pointed_out_at_their_step() -> None:
    parsed = agent("a", every("1m", action=sequence(webhook(), webhook(payload={"x": "{{ previuos }}"}))))
    ((place, sentence),) = doubts_about(parsed, NOON)
    assert place == "$.actions[0].action.steps[1].payload.x"
    assert "did you mean `previous`?" in sentence
