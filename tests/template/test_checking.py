"""Templates are checked when they are saved."""

import time

import pytest

from pypes.errors import InvalidInput
from pypes.template import check_condition, check_template, holds, names_in


@pytest.mark.parametrize(
    "text", ["{{ input", "{{ }}", "{{ a b }}", "{{ x }} {% if %}", "{% for x in y %}{{ x }}"]
)
def test_a_template_that_cannot_be_read_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_template({"a": [1, {"b": text}]}, "$.payload")
    assert caught.value.path == "$.payload.a[1].b"
    assert "\n" not in caught.value.message


def test_names_that_nobody_has_are_pointed_out_with_the_nearest_known_one() -> None:
    (doubt,) = check_template(["{{ input.x }}", "{{ inpts[0] }} {% for i in range(3) %}{{ i }}{% endfor %}"])
    assert doubt.path == "$[1]"
    assert doubt.sentence == "nothing is called `inpts` here: did you mean `inputs`?"


def test_every_known_name_is_known() -> None:
    every = "{{ [agent, input, inputs, batch, since_last, run, previous, last, state, now] }}"
    assert check_template([every, "{{ secret('file:x') }}"]) == []


def test_the_names_of_all_templates_are_told() -> None:
    assert names_in({"a": "{{ input.x }}", "b": ["{{ last.body }}{{ agent }}", "{ plain }"]}) == {
        "input",
        "last",
        "agent",
    }


def test_a_template_has_a_length() -> None:
    with pytest.raises(InvalidInput, match="at most 65536"):
        check_template("{{ x }}" + "y" * 65_536)


@pytest.mark.parametrize(
    ("condition", "truth"),
    [
        ("input.kind == 'email'", True),
        ("input.nothing.deeper", False),
        ("input.tags", False),
        ("input.kind or nothing", True),
        ("[1] * 100000000", True),
    ],
)
def test_only_the_truth_of_a_condition_counts(condition: str, truth: bool) -> None:  # noqa: FBT001 - a table's column
    assert holds(condition, {"input": {"kind": "email", "tags": []}}) is truth


@pytest.mark.parametrize(
    "condition", ["a) or (b", "a b", "{{ a }}", "a }} {{ b", "x | nofilter", "", "a" * 5000]
)
def test_a_condition_that_cannot_be_read_is_refused(condition: str) -> None:
    with pytest.raises(InvalidInput):
        check_condition(condition)


def test_a_condition_may_be_about_what_is_not_there_yet() -> None:
    check_condition("inputs[0].x > 3")
    check_condition("[1] * 100000000")


@pytest.mark.parametrize(
    "code",
    [
        "{{ " + "-" * 60_000 + "1 }}",
        "{{ " + "not " * 15_000 + "1 }}",
        "{{ a" + ".b" * 30_000 + " }}",
        "{{ a" + "|e" * 30_000 + " }}",
        "{{ " + "a~" * 30_000 + "a }}",
        "{% if a %}" + "{% elif a %}" * 5000 + "{% endif %}{{ a }}",
    ],
    ids=["signs", "nots", "members", "filters", "joins", "branches"],
)
def test_what_would_exhaust_the_parsers_stack_is_refused(code: str) -> None:
    with pytest.raises(InvalidInput, match="a template has at most"):
        check_template({"a": code})


def test_a_long_text_with_words_in_it_is_a_template_like_any_other() -> None:
    prose = "If it is, or is not (as some say), then take this-or-that and go on. " * 700
    assert check_template({"a": prose + "{% for each in inputs %}{{ each.a + 1 }}{% endfor %}"}) == []


def test_more_templates_than_anybody_writes_are_refused_at_the_first_too_many() -> None:
    with pytest.raises(InvalidInput, match="more than 1000 templates") as refused:
        check_template(["{{ a }}"] * 1001)
    assert refused.value.path == "$[1000]"


def test_doubts_cost_nothing_before_they_are_told() -> None:
    before = time.process_time()
    doubts = check_template([f"{{{{ inptus{number} }}}}" for number in range(1000)])
    assert time.process_time() - before < 0.3
    assert doubts[0].sentence == "nothing is called `inptus0` here: did you mean `inputs`?"
