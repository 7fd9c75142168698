"""Agents: what can be posted, and where its mistakes stand."""

import json
from typing import Any

import pytest

from conftest import NOON
from making import Json, agent, body, cron, webhook
from pypes.errors import InvalidInput, MalformedJson, PypesError
from pypes.model.agent import parse_agent, salvage_agent


def mistake(raw: bytes) -> tuple[str, str | None]:
    with pytest.raises(InvalidInput) as refused:
        parse_agent(raw, NOON)
    return refused.value.message, refused.value.path


def test_an_agent_has_a_name_inputs_and_actions() -> None:
    parsed = agent("a", json.dumps(cron()), webhook(), "label", inputs=[1, "two", None, {"x": [1.0]}])
    assert parsed.name == "a"
    assert [entry.type for entry in parsed.entries] == ["cron", "webhook", "unrecognized"]
    assert parsed.inputs == ("1", '"two"', "null", '{"x": [1.0]}')


def test_inputs_that_are_absent_are_told_from_none() -> None:
    assert agent("a").inputs is None
    assert agent("a", inputs=[]).inputs == ()


@pytest.mark.parametrize(
    ("raw", "path", "words"),
    [
        (b"[]", "$", "an object"),
        (b"{}", "$", "`name` is missing"),
        (b'{"name":1}', "$.name", "a string"),
        (b'{"name":""}', "$.name", "needs a name"),
        (b'{"name":" \\t"}', "$.name", "needs a name"),
        (b'{"name":"a\\u0000"}', "$.name", "control"),
        (b'{"name":"a\\n"}', "$.name", "control"),
        (b'{"name":"a\\u2028"}', "$.name", "control"),
        (json.dumps({"name": "x" * 256}).encode(), "$.name", "255"),
        (b'{"name":"a","action":[]}', "$.action", "`actions`"),
        (b'{"name":"a","actions":{}}', "$.actions", "a list"),
        (b'{"name":"a","inputs":1}', "$.inputs", "a list"),
        (b'{"name":"a","inputs":[1,1e999]}', "$.inputs[1]", "write it as a string"),
        (b'{"name":"a","inputs":[1,{"b":[1e999]}]}', "$.inputs[1]", "write it as a string"),
        (b'{"name":"a","actions":["x",1]}', "$.actions[1]", "an object, or a string"),
        (b'{"name":"a","actions":["{"]}', "$.actions[0]", ""),
        (b'{"name":"a","options":{"keep_input":1}}', "$.options.keep_input", "`keep_inputs`"),
        (b'{"name":"a","options":{"keep_inputs":-1}}', "$.options.keep_inputs", "between 0 and"),
        (body("a", webhook(), json.dumps(cron(action=webhook(url="x")))), "$.actions[1].action.url", "http"),
        (body("a", json.dumps(cron(timezon="UTC"))), "$.actions[0].timezon", "`timezone`"),
        (body("a", cron(action=webhook(retry={"attempts": 99}))), "$.actions[0].action.retry.attempts", "20"),
        (body("a", webhook(id="x"), webhook(id="x")), "$.actions[1].id", "twice"),
    ],
)
def test_a_mistake_names_its_place_through_the_inner_string_too(raw: bytes, path: str, words: str) -> None:
    message, place = mistake(raw)
    assert place == path
    assert words in message


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"name":"\xff"}',
        b'{"name":"\\ud800"}',
        b'{"name":"a","inputs":[' + b"[" * 100_000,
        b'{"name":"a","actions":[' + b"[" * 100_000 + b"]" * 100_000 + b"]}",
        b'{"name":"a","inputs":["\xff"]}',
        b'{"name":"a","actions":["\xff"]}',
        b'{"name":"a","actions":[{"type":"webhook","url":"http://x/","payload":"\xff"}]}',
        b'{"name":"a","actions":["\\ud800"]}',
        b'{"name":"a","inputs":["\\udfff"]}',
    ],
    ids=range(11),
)
def test_what_is_no_json_text_is_refused_and_no_crash(raw: bytes) -> None:
    with pytest.raises((MalformedJson, InvalidInput)):
        parse_agent(raw, NOON)


@pytest.mark.parametrize("depth", [201, 5000])
def test_nesting_too_deep_is_refused_wherever_it_stands(depth: int) -> None:
    deep = "[" * depth + "]" * depth
    payload = json.dumps(webhook()).removesuffix("}") + f', "payload": {deep}}}'
    for raw in (f'{{"name":"a","inputs":[{deep}]}}', f'{{"name":"a","actions":[{payload}]}}'):
        with pytest.raises(PypesError, match="deep"):
            parse_agent(raw.encode(), NOON)
    with pytest.raises(PypesError, match="deep"):
        parse_agent(body("a", payload), NOON)


def test_the_inputs_of_an_agent_may_be_as_deep_as_any_json() -> None:
    deep = "[" * 200 + "]" * 200
    assert parse_agent(f'{{"name":"a","inputs":[{deep}]}}'.encode(), NOON).inputs == (deep,)


def test_names_may_be_anything_people_can_read() -> None:
    for name in ("a", "x" * 255, "Ünïcode 🦄", "a/b?c#d", "..", "'; DROP TABLE agents; --", "%00", '"'):
        assert agent(name).name == name


@pytest.mark.parametrize(
    "bad", ["{", '{"type":"x"}', json.dumps(webhook(url="x")), {"type": "llm2"}, cron("@never"), "{\u0000}"]
)
def test_what_the_original_stored_and_we_would_refuse_is_salvaged_as_a_label(bad: Any) -> None:
    raw = body("a", webhook(), bad)
    with pytest.raises(InvalidInput):
        parse_agent(raw, NOON)
    kept = salvage_agent(raw, NOON)
    assert [entry.type for entry in kept.entries] == ["webhook", "unrecognized"]


def test_ten_thousand_actions_are_told_apart() -> None:
    actions: list[Json] = [cron(action=webhook(payload={"n": number % 5000})) for number in range(10_000)]
    parsed = agent("a", *actions)
    assert len({entry.identity for entry in parsed.entries}) == 10_000
