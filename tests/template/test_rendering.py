"""Templates: strings with expressions in them become values, everything else stays as it is."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypes.errors import InvalidInput
from pypes.template import render, render_json, render_text

CONTEXT = {
    "agent": "reader",
    "input": {"id": 7, "ratio": 1.0, "kind": "email", "tags": ["a", "b"], "none": None, "on": True},
    "inputs": [{"n": 1}, {"n": 2}],
}


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{{ input.id }}", 7),
        ("{{input.ratio}}", 1.0),
        ("{{ input }}", CONTEXT["input"]),
        ("{{ input.tags }}", ["a", "b"]),
        ("{{ input.none }}", None),
        ("{{ input.on }}", True),
        ("{{ inputs | map(attribute='n') | list }}", [1, 2]),
        ("{{- input.id -}}", 7),
        ("{{ '}}' ~ input.id }}", "}}7"),
        ("{{ 2 ** 70 }}", 2**70),
        ("{{ (1, 2) }}", [1, 2]),
        ("{{ inputs | tojson }}", '[{"n":1},{"n":2}]'),
        ("{{ input.missing | default(3) }}", 3),
    ],
)
def test_a_string_that_is_one_expression_keeps_the_type_of_what_it_gives(template: str, value: Any) -> None:
    rendered = render(template, CONTEXT)
    assert rendered == value
    assert type(rendered) is type(value)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ input.id }} {{ input.kind }}", "7 email"),
        (" {{ input.id }}", " 7"),
        ("is {{ input.on }}, {{ input.none }}, {{ input.tags }}", 'is true, null, ["a","b"]'),
        ("{{ inputs | tojson }}\n", '[{"n":1},{"n":2}]\n'),
        ("{% for each in inputs %}{{ each.n }};{% endfor %}{{ agent }}", "1;2;reader"),
        ("{{ '<&' }}>", "<&>"),
        ("{{ '{{' }} braces }}", "{{ braces }}"),
    ],
)
def test_expressions_within_text_are_written_into_it(template: str, text: str) -> None:
    assert render(template, CONTEXT) == text
    assert render_text(template, CONTEXT) == text


def test_a_text_is_always_text_whatever_its_one_expression_gives() -> None:
    assert render_text("{{ input.tags }}", CONTEXT) == '["a","b"]'
    assert render_text("{{ input.id }}", CONTEXT) == "7"


def test_templates_are_rendered_wherever_they_stand_but_in_keys() -> None:
    value = {"{{ agent }}": ["{{ agent }}", {"deep": "{{ input.id }}"}], "n": 1.5, "plain": "{% if %}"}
    assert render(value, CONTEXT) == {
        "{{ agent }}": ["reader", {"deep": 7}],
        "n": 1.5,
        "plain": "{% if %}",
    }


def test_a_json_text_stays_byte_for_byte_around_its_templates() -> None:
    text = (
        '{ "a" : 1.10e3, "é\\u00e9\\/": "{{ input.id }}",\n'
        '"{{ k }}" : ["\\"{{ agent }}\\"", "\\u007b{ agent }}"] }'
    )
    assert render_json(text, CONTEXT) == (
        '{ "a" : 1.10e3, "é\\u00e9\\/": 7,\n"{{ k }}" : ["\\"reader\\"", "reader"] }'
    )


@given(
    st.recursive(
        st.none() | st.integers() | st.text("{}%#\\\"'ab ").filter(lambda text: "{{" not in text), st.lists
    )
)
def test_json_without_two_opening_braces_is_never_changed(value: Any) -> None:
    text = json.dumps(value)
    assert render_json(text, {}) == text


@given(st.text())
def test_what_an_input_says_is_never_evaluated(said: str) -> None:
    told = "{{ inputs }}{% for x in range(9) %}" + said
    assert render("{{ input }}", {"input": told}) == told
    assert render("a {{ input }}", {"input": told}) == "a " + told
    assert json.loads(render_json('["{{ input }}"]', {"input": told})) == [told]


@pytest.mark.parametrize(
    "template", ["{{ nothing }}", "{{ input.nothing }}", "x {{ input.nothing.deeper }}", "{{ nothing }} x"]
)
def test_what_is_not_defined_is_a_mistake(template: str) -> None:
    with pytest.raises(InvalidInput, match="nothing` is undefined"):
        render(template, CONTEXT)


@pytest.mark.parametrize(
    "template",
    [
        "{{ [1] * 3000000 }}",
        "{{ ([1] * 3000000) | tojson }}",
        "{{ ([1] * 3000000) | list }}",
        "{{ 'a' * 100000000 }}",
        "x {{ [[1] * 3000000] }}",
        "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}{{ 1 }}",
        "{{ 'ab' | replace('a', big) }}{{ big }}{{ big }}",
        "{{ [big, big, big] }}",
    ],
)
def test_work_and_output_without_bounds_are_refused(template: str) -> None:
    with pytest.raises(InvalidInput, match=r"fuel|more than 1000000 characters"):
        render(template, {"big": "x" * 400_000})


@pytest.mark.parametrize(
    "template", ["{{ 1 / 0 }}", "{{ 1 + 'a' }}", "{{ nofunction() }}", "{{ 1 | nofilter }}"]
)
def test_a_mistake_is_a_sentence_without_the_names_of_the_engine(template: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        render(template, {})
    assert "<" not in caught.value.message
    assert "\n" not in caught.value.message


def test_a_function_that_is_not_called_is_no_value() -> None:
    with pytest.raises(InvalidInput, match="a function, not JSON"):
        render("a {{ secret }}", {"secret": str.upper})


def test_what_a_function_of_the_context_refuses_is_told_as_it_says() -> None:
    def secret(reference: str) -> str:
        raise InvalidInput(f"there is no {reference}")

    with pytest.raises(InvalidInput, match="there is no file:x"):
        render("{{ secret('file:x') }}", {"secret": secret})
