"""Which templates are known to be cheap: they alone are evaluated where everything else is done."""

import time

import pytest

from pypes.template.plain import is_plain, is_plain_condition
from pypes.template.rendering import render_text_here


@pytest.mark.parametrize(
    "text",
    [
        "{{ input }}",
        "a {{- input.a[0]['b c'].d -}} b",
        "{{ input.from | default('nobody') }} & {{ inputs | length }}",
        "{{ since_last | tojson }}",
        "{{ input.name | trim | upper }}",
        "{{ secret('file:a') }}/{{ secret(\"env:B\") }}",
        "no template {at} all }}",
    ],
)
def test_words_of_the_context_and_cheap_filters_are_plain(text: str) -> None:
    assert is_plain(text)


@pytest.mark.parametrize(
    "text",
    [
        "{{ input.n * 2 }}",
        "{{ [0] }}",
        "{{ input.a.format(1) }}",
        "{{ range(9) }}",
        "{{ inputs | tojson(indent=2) }}",
        "{{ inputs | join(',') }}",
        "{{ inputs | tojson | length }}",
        "{{ a | upper | lower | upper }}",
        "{% for a in b %}{% endfor %}{{ a }}",
        "{{ a }}{# a comment #}",
        "{{{ a }}",
        "{{ '{{ a }}' * 9 }}",
        "{{ 'it\\'s' }}",
        "{{ a }}" * 21,
        "{{ a if b else c }}",
    ],
)
def test_all_else_is_not(text: str) -> None:
    assert not is_plain(text)


@pytest.mark.parametrize(
    "condition",
    [
        "input.kind == 'email'",
        "input.kind == 'email' and not input.spam or inputs | length >= 3",
        "since_last",
        "input.kind in ['a', 'b'] and input.n not in [1,2]",
        "input.x is not defined",
        "input.n % 1000 == 0",
        "input.n // 10 > 2",
        "inputs | length + 1 >= 3 and input.n-1 == 0",
    ],
)
def test_comparing_and_counting_with_literals_is_plain(condition: str) -> None:
    assert is_plain_condition(condition)


@pytest.mark.parametrize(
    "condition",
    [
        "inputs == inputs",
        "'a' in inputs",
        "input.n * 2 > 1",
        "input.a + input.b > 1",
        "input.a % input.b == 0",
        "input.n + 'a' == 'ba'",
        "input.n ** 9 > 1",
        "(a)",
        "a in range(3)",
        "a.b()",
        "a is divisibleby(3)",
        "a and",
    ],
)
def test_comparing_what_is_known_with_itself_is_not(condition: str) -> None:
    assert not is_plain_condition(condition)


@pytest.mark.parametrize(
    "text",
    ["{{ " * 1300, "{{ a|trim" * 400, "{{ a" + " " * 4000, "{{ a.b" + ".b" * 2000, "{{ a|default(" * 300],
)
def test_judging_takes_no_time_whatever_is_written(text: str) -> None:
    before = time.process_time()
    assert not is_plain(text)
    assert not is_plain_condition(text)
    assert time.process_time() - before < 0.2


def test_the_dearest_plain_text_is_cheap() -> None:
    context = {"a": "x" * 1_000_000}
    text = "{{ a | upper | length }}" * 20
    assert is_plain(text)
    before = time.process_time()
    assert render_text_here(text, context) == "1000000" * 20
    assert time.process_time() - before < 0.5
