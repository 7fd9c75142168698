"""Questions to models as they are written: what is refused when it is saved, with its place."""

import json
from typing import Any

import pytest

from conftest import NOON
from making import agent, every
from pypes.errors import InvalidInput
from pypes.model.agent import doubts_about
from pypes.steps import llm as module
from pypes.steps.llm import Llm


def llm(**fields: Any) -> dict[str, Any]:
    return {"type": "llm", "model": "openai:gpt-4o-mini", "prompt": "What matters?", **fields}


def refusal(action: Any, **fields: Any) -> tuple[str | None, str]:
    with pytest.raises(InvalidInput) as caught:
        agent("a", action, **fields)
    return caught.value.path, caught.value.message


def test_a_model_and_a_prompt_are_enough_and_everything_has_a_default() -> None:
    step = agent("a", llm()).entries[0].action
    assert isinstance(step, Llm)
    assert (step.provider, step.name) == ("openai", "gpt-4o-mini")
    assert (step.limits.requests, step.limits.tokens, step.limits.seconds) == (10, 50_000, 120)


def test_a_question_may_be_written_as_a_string_and_wrapped_in_a_trigger() -> None:
    trigger = every("10m", action=llm())
    assert agent("a", json.dumps(trigger)).entries[0].type == "every"


@pytest.mark.parametrize(
    ("fields", "path", "sentence"),
    [
        ({"model": "gpt-4o"}, "$.model", "not written like provider:name"),
        ({"model": "opneai:gpt-4o"}, "$.model", "did you mean `openai`?"),
        ({"model": "mistral:large"}, "$.model", "openai, with a base_url"),
        ({"prompt": "  "}, "$.prompt", "nothing to ask"),
        ({"prompt": "{{ un finished }}"}, "$.prompt", ""),
        ({"prompt": "{{ secret('nowhere') }}"}, "$.prompt", "file:NAME or env:NAME"),
        ({"api_key": "sk-12345"}, "$.api_key", "would be stored and shown"),
        ({"base_url": "ftp://x"}, "$.base_url", "http:// or https://"),
        ({"base_url": "http://169.254.169.254/v1"}, "$.base_url", "never a target"),
        ({"output_schema": {"type": "string"}}, "$.output_schema", "describes an object"),
        ({"tools": [{"url": "http://x/mcp", "allow": []}]}, "$.tools[0].allow", "name the tools"),
        ({"tools": [{"url": "x", "allow": ["a"]}]}, "$.tools[0].url", "http:// or https://"),
        (
            {"tools": [{"url": "http://x", "allow": ["a"], "headers": {"Host": "y\n"}}]},
            "$.tools[0].headers.Host",
            "control character",
        ),
        ({"limits": {"requests": 0}}, "$.limits.requests", "between 1 and 100"),
        ({"limits": {"seconds": 0}}, "$.limits.seconds", "more than 0"),
        ({"limits": {"usd": -1}}, "$.limits.usd", "between 0"),
        ({"limits": {"dollars": 1}}, "$.limits.dollars", "unknown field"),
        ({"price": {"input": -1, "output": 1}}, "$.price", "0 or more"),
        ({"settings": {"temprature": 1}}, "$.settings.temprature", "did you mean `temperature`?"),
        ({"settings": {"max_tokens": 0}}, "$.settings.max_tokens", "between 1"),
        ({"retry": {"attempts": 0}}, "$.retry.attempts", "between 1"),
        ({"when": "true"}, "$.when", "on a step of a sequence, or on the trigger"),
        ({"state": "{{ output + }}"}, "$.state", ""),
        ({"promt": "x"}, "$.promt", "did you mean `prompt`?"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_place(
    fields: dict[str, Any], path: str, sentence: str
) -> None:
    place, message = refusal(llm(**fields))
    assert place == f"$.actions[0]{path.removeprefix('$')}"
    assert sentence in message


def test_without_the_extra_the_command_that_installs_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "is_installed", lambda: False)
    place, message = refusal(every("10m", action=llm()))
    assert place == "$.actions[0].action.type"
    assert message.endswith("pip install 'pypes[llm]'")


def test_names_that_mean_nothing_are_pointed_out_but_output_may_be_kept() -> None:
    doubts = list(doubts_about(agent("a", llm(prompt="{{ inptus }}", state={"seen": "{{ output }}"})), NOON))
    assert [place for place, _ in doubts] == ["$.actions[0].prompt"]


def test_a_negative_budget_is_refused_with_its_place() -> None:
    assert refusal(llm(), options={"budget": {"usd_per_day": -1}})[0] == "$.options.budget.usd_per_day"
    assert refusal(llm(), options={"budget": {"usd": 1}})[0] == "$.options.budget.usd"
