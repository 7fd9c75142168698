"""Actions: what is executed, what is kept as a label, and by what an action is known again."""

import json
from itertools import count
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import NOON
from making import Json, cron, every, webhook
from pypes.errors import InvalidInput, MalformedJson
from pypes.model.action import Entry, decode_trigger, distinguish_twins, parse_entry, step_of
from pypes.steps.webhook import Webhook
from pypes.triggers.timed import Timed


def entry(action: Any) -> Entry:
    """An action given as an object, or as a string."""
    return parse_entry(msgspec.Raw(json.dumps(action).encode()), NOON)


def mistake(action: Any) -> tuple[str, str | None]:
    with pytest.raises(InvalidInput) as refused:
        entry(action)
    return refused.value.message, refused.value.path


def test_an_action_is_read_from_a_string_that_holds_json_as_from_the_object_itself() -> None:
    from_text, from_object = entry(json.dumps(cron())), entry(cron())
    assert from_text.action == from_object.action
    assert from_text.identity == from_object.identity
    assert from_text.type == "cron"


def test_the_text_is_kept_as_it_was_typed() -> None:
    text = ' {"url" : "http://x/",\n "type":"webhook", "payload": {"b":1.0,"a":1e2}} '
    assert entry(text).text == text


@pytest.mark.parametrize("text", ["fetch_url", "", " ", "[1]", '"{"', "null", "x{", "}{", "webhook", "🦄"])
def test_a_string_that_does_not_start_with_a_brace_is_a_label(text: str) -> None:
    label = entry(text)
    assert (label.action, label.type, label.text) == (None, "unrecognized", text)


@pytest.mark.parametrize("value", [None, 1, 1.5, True, [], [webhook()]])
def test_what_is_neither_an_object_nor_a_string_is_refused(value: Any) -> None:
    assert mistake(value) == ("an action is an object, or a string that holds one", None)


@pytest.mark.parametrize(
    "text", ["{", "{}x", "{'type':'webhook'}", '{"type":"webhook",}', "{\x00}", "{" * 1000]
)
def test_a_string_that_starts_with_a_brace_must_be_json(text: str) -> None:
    with pytest.raises(MalformedJson):
        entry(text)


@pytest.mark.parametrize(
    ("action", "path", "words"),
    [
        ({}, "$", "type"),
        ({"type": "webhok"}, "$.type", "`webhook`"),
        ({"type": "webhook"}, "$", "`url`"),
        (webhook(url="ftp://x"), "$.url", "http://"),
        (webhook(metod="GET"), "$.metod", "`method`"),
        (webhook(retry={"atempts": 3}), "$.retry.atempts", "`attempts`"),
        (webhook(retry={"attempts": "3"}), "$.retry.attempts", "whole number"),
        (webhook(id=1), "$.id", "string"),
        (webhook(headers={"A": "a", "B": 1}), "$.headers.B", "a string, not a whole number"),
        (cron(action=webhook(headers={"A": None})), "$.action.headers.A", "a string, not null"),
        (cron(timezon="UTC"), "$.timezon", "`timezone`"),
        (cron(timezone="Mars/Olympus"), "$.timezone", "Mars/Olympus"),
        (cron("* * * *"), "$.expression", "* * * *"),
        (cron("0 0 30 2 *"), "$.expression", "0 0 30 2 *"),
        (cron(overlap="skipp"), "$.overlap", "skipp"),
        (cron(catchup_limit=0), "$.catchup_limit", "between"),
        (cron(catchup_window="soon"), "$.catchup_window", "soon"),
        (cron(grace="-1s"), "$.grace", "-1s"),
        (cron(jitter="101%"), "$.jitter", "101%"),
        (cron(remaining=0), "$.remaining", "between 1 and"),
        (cron(pause_after=0), "$.pause_after", "between 1 and"),
        (cron(start="tomorrow"), "$.start", "tomorrow"),
        (cron(exclude=["2026-02-30"]), "$.exclude[0]", "2026-02-30"),
        (cron(action=webhook(url="http://")), "$.action.url", "host"),
        (cron(action=webhook(headers={"Host:": "x"})), "$.action.headers.Host:", "header name"),
        (cron(action=cron()), "$.action.type", "cron"),
        (every("99ms"), "$.interval", "100ms"),
        (every("1m", phase="1m"), "$.phase", "shorter"),
        ({"type": "at", "time": "noon", "action": webhook()}, "$.time", "noon"),
    ],
    ids=count(),
)
def test_a_mistake_names_its_place_and_the_remedy(action: Json, path: str, words: str) -> None:
    for written in (action, json.dumps(action)):
        message, place = mistake(written)
        assert place == path
        assert words in message


@pytest.mark.parametrize(
    "other",
    [
        json.dumps({"action": {"url": "http://127.0.0.1:9/hook", "type": "webhook"}} | cron(), indent=1),
        '{"type":"cr\\u006fn","expression":"* * * * * *","action":{"type":"webhook","url":"http://127.0.0.1:9/hook"}}',
    ],
)
def test_key_order_blanks_and_escapes_make_no_other_action(other: str) -> None:
    assert entry(other).identity == entry(cron()).identity


@pytest.mark.parametrize(
    "other",
    [
        cron(timezone="UTC"),
        cron("*/1 * * * * *"),
        cron(action=webhook(method="PUT")),
        cron(id="x"),
        webhook(),
    ],
)
def test_other_words_make_another_action(other: Json) -> None:
    assert entry(other).identity != entry(cron()).identity


def test_an_id_is_the_identity_whatever_else_the_action_says() -> None:
    assert entry(cron(id="x")).identity == entry(webhook(id="x")).identity
    assert entry(cron(id="x")).identity != entry(cron(id="y")).identity
    assert entry(cron(id="fetch_url")).identity != entry("fetch_url").identity


def test_twins_are_told_apart_by_order_and_each_time_alike() -> None:
    entries = [entry(cron()), entry("label"), entry(cron()), entry(cron()), entry("label")]
    identities = [each.identity for each in distinguish_twins(entries)]
    assert len(set(identities)) == 5
    assert identities == [each.identity for each in distinguish_twins(entries)]
    assert identities[0] == entry(cron()).identity
    assert [each.identity for each in distinguish_twins(entries[:3])] == identities[:3]


def test_an_id_given_twice_is_refused_where_it_is_given_again() -> None:
    with pytest.raises(InvalidInput, match="`x` is given twice") as refused:
        distinguish_twins([entry(webhook(id="x")), entry("x"), entry(cron(id="x"))])
    assert refused.value.path == "$.actions[2].id"


def test_a_trigger_wraps_the_step_that_is_done() -> None:
    for action in (webhook(), cron()):
        parsed = entry(action).action
        assert parsed is not None
        assert step_of(parsed) == Webhook(url="http://127.0.0.1:9/hook")


@pytest.mark.parametrize("expression", ["@reboot", "@REBOOT", " @reboot "])
def test_cron_reboot_is_the_trigger_of_that_name(expression: str) -> None:
    assert entry(cron(expression)).type == "reboot"


def test_a_stored_action_that_is_no_timed_trigger_is_told_apart() -> None:
    assert isinstance(decode_trigger(json.dumps(cron())), Timed)
    with pytest.raises(TypeError):
        decode_trigger(json.dumps(webhook()))


@pytest.mark.parametrize(
    "number", ["123456789012345678901234567890", "-0.0", "1E400", "1" * 5000, "0.1e-400"]
)
def test_numbers_of_any_size_are_kept_as_typed_or_refused(number: str) -> None:
    text = json.dumps(webhook()).removesuffix("}") + f', "payload": {number}}}'
    try:
        parsed = parse_entry(msgspec.Raw(text.encode()), NOON)
    except InvalidInput as refused:
        assert "too large" in refused.message  # noqa: PT017 - both outcomes are right
    else:
        assert isinstance(parsed.action, Webhook)
        assert parsed.action.payload == msgspec.Raw(number.encode())


@given(st.binary(max_size=80))
def test_bytes_that_nobody_meant_as_an_action_raise_only_our_own_errors(raw: bytes) -> None:
    for text in (raw, b"{" + raw, b'{"type":"webhook","url":"http://x/","payload":"' + raw + b'"}'):
        try:
            parse_entry(msgspec.Raw(text), NOON)
        except (InvalidInput, MalformedJson) as refused:
            assert refused.message  # noqa: PT017 - a third outcome is not


def test_half_a_surrogate_pair_is_refused_and_no_crash() -> None:
    for raw in (b'"\\ud800"', b'{"type":"webhook","url":"http://x/","id":"\\udfff"}'):
        with pytest.raises(MalformedJson):
            parse_entry(msgspec.Raw(raw), NOON)


def test_a_nul_never_reaches_a_label() -> None:
    assert "\x00" not in parse_entry(msgspec.Raw(b'"a\\u0000b"'), NOON).text
